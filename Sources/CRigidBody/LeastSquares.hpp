#pragma once

#include "Workspace.hpp"

namespace krb {

/// The inverse of the exponential map, angle in [0, pi].
Vector3d rotation_vector(const Quaterniond &q);
Quaterniond exponential(const Vector3d &v);

/// The cost at the current configuration, posture included.
double evaluate(const krb_workspace &w, const krb_problem &problem, const double *q);

/// Normal equations of the linearised cost, in the lower triangle of `normal` and the program's gradient.
void linearise(krb_workspace &w, const krb_problem &problem, const double *q);

/// How far the inequalities are missed: the lowest floor point, the nearest capsules, the sums of the squares.
struct Violation {
    double depth = 0, overlap = 0, floor_squares = 0, capsule_squares = 0;
};

Violation violation(krb_workspace &w, const krb_problem &problem, double influence);

}  // namespace krb
