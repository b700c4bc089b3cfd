#include "LeastSquares.hpp"

#include <algorithm>
#include <cmath>

using namespace krb;

namespace krb {

Vector3d rotation_vector(const Quaterniond &q) {
    const double sign = q.w() < 0 ? -1 : 1;
    const Vector3d v = sign * q.vec();
    const double s = v.norm();
    return s < 1e-9 ? Vector3d(2 * v) : Vector3d(2 * std::atan2(s, sign * q.w()) / s * v);
}

Quaterniond exponential(const Vector3d &v) {
    const double angle = v.norm();
    const double s = angle < 1e-6 ? 0.5 : std::sin(angle / 2) / angle;
    return Quaterniond(std::cos(angle / 2), s * v.x(), s * v.y(), s * v.z());
}

namespace {

double posture_cost(const krb_problem &problem, const double *q, int count) {
    double cost = 0;
    for (int i = 0; i < count; ++i) {
        const double e = problem.posture[i] - q[i];
        cost += problem.posture_weight[i] * e * e;
    }
    return cost;
}

}  // namespace

double evaluate(const krb_workspace &w, const krb_problem &problem, const double *q) {
    double cost = posture_cost(problem, q, w.model.variables);
    problem.objective.add_cost(problem.objective.owner, problem.frame, &cost);
    return cost;
}

Violation violation(krb_workspace &w, const krb_problem &problem, double influence) {
    Violation worst;
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const double below = std::max(0.0, -w.height(problem.floor_points[p]));
        worst.depth = std::max(worst.depth, below);
        worst.floor_squares += below * below;
    }
    if (problem.keeps_apart) {
        w.gather(influence);
        for (const auto &near : w.near) {
            if (near.apart.gap >= 0) continue;
            worst.overlap = std::max(worst.overlap, -near.apart.gap);
            worst.capsule_squares += near.apart.gap * near.apart.gap;
        }
    }
    return worst;
}

void linearise(krb_workspace &w, const krb_problem &problem, const double *q) {
    const int n = w.model.dof(), root = w.model.root_dof();
    auto &program = w.program;
    auto &normal = w.normal;
    normal.setZero();
    program.gradient.head(n).setZero();
    for (int i = 0; i < w.model.variables; ++i) {
        normal(root + i, root + i) = problem.posture_weight[i] + 1e-9;
        program.gradient[root + i] = -problem.posture_weight[i] * (problem.posture[i] - q[i]);
    }
    for (int i = 0; i < root; ++i) normal(i, i) = 1e-9;
    problem.objective.add_rows(problem.objective.owner, problem.frame);
}

}  // namespace krb

extern "C" krb_vector3 krb_missing_turn(const krb_workspace *workspace, int32_t body, krb_quaternion target) {
    return vector(
        rotation_vector(Quaterniond(quaternion(target).toRotationMatrix() * workspace->rotation[body].transpose())));
}

extern "C" void krb_rows_add(krb_workspace *workspace, krb_vector3 weight_given, krb_vector3 error) {
    krb_workspace &w = *workspace;
    const Vector3d weight = vector(weight_given), force = weight.cwiseProduct(vector(error));
    for (int i = 0; i < w.column_count; ++i) {
        const int a = w.columns[i];
        const Vector3d weighted = weight.cwiseProduct(w.block.col(a));
        w.program.gradient[a] -= w.block.col(a).dot(force);
        for (int j = 0; j <= i; ++j) {
            const int b = w.columns[j];
            w.normal(std::max(a, b), std::min(a, b)) += weighted.dot(w.block.col(b));
        }
    }
}
