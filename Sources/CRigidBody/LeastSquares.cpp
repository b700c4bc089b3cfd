#include "LeastSquares.hpp"

#include <algorithm>
#include <cmath>

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

/// The lowest of a body's floor points, and its height over where it may be; nullptr when the body has none.
const krb_floor_point *lowest_floor_point(
    const krb_workspace &w, const krb_problem &problem, int body, double &height) {
    const krb_floor_point *lowest = nullptr;
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const krb_floor_point &floor = problem.floor_points[p];
        if (floor.body != body) continue;
        const double own = w.point(body, vector(floor.point)).z() - floor.height;
        if (lowest == nullptr || own < height) {
            lowest = &floor;
            height = own;
        }
    }
    return lowest;
}

/// How far the task is from its goal, in world axes: goal less actual.
Vector3d task_error(const krb_workspace &w, const krb_problem &problem, const krb_task &task) {
    double height = 0;
    switch (task.kind) {
    case KRB_LOWEST_FLOOR_POINT:
        if (lowest_floor_point(w, problem, task.body, height) == nullptr) return Vector3d::Zero();
        return Vector3d(0, 0, std::min(0.0, task.target.z - height));
    case KRB_ORIENTATION:
        return rotation_vector(
            Quaterniond(quaternion(task.target_rotation).toRotationMatrix() * w.rotation[task.body].transpose()));
    case KRB_CENTER_OF_MASS: return vector(task.target) - w.center_of_mass;
    case KRB_POINT: break;
    }
    const Vector3d p = w.point(task.body, vector(task.point));
    if (task.reference < 0) return vector(task.target) - p;
    return vector(task.target) - (p - w.point(task.reference, vector(task.reference_point)));
}

void task_block(krb_workspace &w, const krb_problem &problem, const krb_task &task) {
    double height = 0;
    switch (task.kind) {
    case KRB_LOWEST_FLOOR_POINT: {
        const krb_floor_point *lowest = lowest_floor_point(w, problem, task.body, height);
        const Vector3d at = w.point(task.body, lowest == nullptr ? Vector3d(Vector3d::Zero()) : vector(lowest->point));
        return w.point_block(task.body, at, -1, at);
    }
    case KRB_ORIENTATION: return w.orientation_block(task.body);
    case KRB_CENTER_OF_MASS: return w.center_of_mass_block();
    case KRB_POINT: break;
    }
    const Vector3d p = w.point(task.body, vector(task.point));
    const Vector3d r = task.reference < 0 ? p : w.point(task.reference, vector(task.reference_point));
    w.point_block(task.body, p, task.reference, r);
}

double posture_cost(const krb_problem &problem, const double *q, int count) {
    double cost = 0;
    for (int i = 0; i < count; ++i) {
        const double e = problem.posture[i] - q[i];
        cost += problem.posture_weight[i] * e * e;
    }
    return cost;
}

}  // namespace

double evaluate(const krb_workspace &w, const krb_problem &problem, const double *q, double *errors) {
    double cost = posture_cost(problem, q, w.model.variables);
    for (int t = 0; t < problem.task_count; ++t) {
        const krb_task &task = problem.tasks[t];
        if (vector(task.weight).isZero(0) && errors == nullptr) continue;
        const Vector3d e = task_error(w, problem, task);
        cost += e.dot(vector(task.weight).cwiseProduct(e));
        if (errors != nullptr) errors[t] = e.norm();
    }
    return cost;
}

Violation violation(krb_workspace &w, const krb_problem &problem) {
    Violation worst;
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const krb_floor_point &floor = problem.floor_points[p];
        const double below = std::max(0.0, floor.height - w.point(floor.body, vector(floor.point)).z());
        worst.depth = std::max(worst.depth, below);
        worst.floor_squares += below * below;
    }
    if (problem.keeps_apart) {
        w.near_pairs(0, [&](const CapsulePair &, const krb_workspace::Separation &apart) {
            worst.overlap = std::max(worst.overlap, -apart.gap);
            worst.capsule_squares += apart.gap * apart.gap;
        });
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
    for (int t = 0; t < problem.task_count; ++t) {
        const krb_task &task = problem.tasks[t];
        const Vector3d weight = vector(task.weight);
        if (weight.isZero(0)) continue;
        const Vector3d error = task_error(w, problem, task);
        if (task.kind == KRB_LOWEST_FLOOR_POINT && error.isZero(0)) continue;
        const Vector3d force = weight.cwiseProduct(error);
        task_block(w, problem, task);
        for (int a : w.columns) {
            const Vector3d weighted = weight.cwiseProduct(w.block.col(a));
            program.gradient[a] -= w.block.col(a).dot(force);
            for (int b : w.columns) {
                if (b <= a) normal(a, b) += weighted.dot(w.block.col(b));
            }
        }
    }
}

}  // namespace krb
