#include "Workspace.hpp"

#include <algorithm>
#include <cmath>

using namespace krb;

namespace {

/// The rotation vector of a rotation matrix, angle in [0, pi].
Vector3d rotation_vector(const Matrix3d &r) {
    const Quaterniond q(r);
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

/// How far the task is from its goal, in world axes: goal less actual.
Vector3d task_error(const krb_workspace &w, const krb_task &task) {
    switch (task.kind) {
    case KRB_ORIENTATION:
        return rotation_vector(quaternion(task.target_rotation).toRotationMatrix() * w.rotation[task.body].transpose());
    case KRB_CENTER_OF_MASS: return vector(task.target) - w.center_of_mass;
    case KRB_POINT: break;
    }
    const Vector3d p = w.point(task.body, vector(task.point));
    if (task.reference < 0) return vector(task.target) - p;
    return vector(task.target) - (p - w.point(task.reference, vector(task.reference_point)));
}

void task_block(krb_workspace &w, const krb_task &task) {
    switch (task.kind) {
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

/// The cost at the current configuration; with `errors`, the length of each task's error too.
double evaluate(const krb_workspace &w, const krb_problem &problem, const double *q, double *errors) {
    double cost = posture_cost(problem, q, w.model.variables);
    for (int t = 0; t < problem.task_count; ++t) {
        const Vector3d e = task_error(w, problem.tasks[t]);
        cost += e.dot(vector(problem.tasks[t].weight).cwiseProduct(e));
        if (errors != nullptr) errors[t] = e.norm();
    }
    return cost;
}

/// Depth of the lowest floor point under its height; with `squares`, the sum of the squares of all depths too.
double depth(const krb_workspace &w, const krb_problem &problem, double *squares) {
    double deepest = 0;
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const krb_floor_point &floor = problem.floor_points[p];
        const double below = std::max(0.0, floor.height - w.point(floor.body, vector(floor.point)).z());
        deepest = std::max(deepest, below);
        if (squares != nullptr) *squares += below * below;
    }
    return deepest;
}

/// What a step must not make worse: the cost, and the floor by a penalty. The penalty is quadratic, so that what a step
/// misses the floor by, which is of second order and set right by the next, does not stop it.
double merit_of(const krb_workspace &w, const krb_problem &problem, const double *q) {
    constexpr double penalty = 1e4;
    double squares = 0;
    depth(w, problem, &squares);
    return evaluate(w, problem, q, nullptr) + penalty * squares;
}

/// Bounds and floor of the linearised problem.
void constrain(krb_workspace &w, const krb_problem &problem, const double *q) {
    const int n = w.model.dof(), first = w.model.root_dof();
    auto &program = w.program;
    program.lower.head(first).setConstant(-problem.step_limit);
    program.upper.head(first).setConstant(problem.step_limit);
    for (int i = 0; i < w.model.variables; ++i) {
        program.lower[first + i] = std::max(problem.lower[i] - q[i], -problem.step_limit);
        program.upper[first + i] = std::min(problem.upper[i] - q[i], problem.step_limit);
    }
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const krb_floor_point &floor = problem.floor_points[p];
        const Vector3d at = w.point(floor.body, vector(floor.point));
        w.point_block(floor.body, at, -1, at);
        program.rows.col(p).head(n) = w.block.row(2).transpose();
        program.least[p] = floor.height - at.z();
    }
}

/// Normal equations of the linearised problem, in the lower triangle of `normal` and the program's gradient.
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
        const Vector3d force = weight.cwiseProduct(task_error(w, task));
        task_block(w, task);
        for (int a : w.columns) {
            const Vector3d weighted = weight.cwiseProduct(w.block.col(a));
            program.gradient[a] -= w.block.col(a).dot(force);
            for (int b : w.columns) {
                if (b <= a) normal(a, b) += weighted.dot(w.block.col(b));
            }
        }
    }
}

bool sound(const krb_workspace &w, const krb_problem &problem) {
    const int bodies = static_cast<int>(w.model.bodies.size());
    for (int t = 0; t < problem.task_count; ++t) {
        const krb_task &task = problem.tasks[t];
        if (task.body < 0 || task.body >= bodies || task.reference >= bodies) return false;
    }
    if (problem.floor_point_count > w.program.least.size()) return false;
    for (int p = 0; p < problem.floor_point_count; ++p) {
        if (problem.floor_points[p].body < 0 || problem.floor_points[p].body >= bodies) return false;
    }
    for (int i = 0; i < w.model.variables; ++i) {
        if (!(problem.lower[i] <= problem.upper[i])) return false;
    }
    return problem.iterations >= 0 && problem.step_limit > 0 && problem.damping >= 0;
}

}  // namespace

extern "C" krb_status krb_solve(
    krb_workspace *workspace, const krb_problem *given, krb_pose *root, double *q, double *errors, krb_result *result) {
    try {
        krb_workspace &w = *workspace;
        const krb_problem &problem = *given;
        *result = {0, 0, 0, 0, 0};
        if (!sound(w, problem)) return KRB_INVALID_ARGUMENT;
        const int n = w.model.dof(), first = w.model.root_dof(), variables = w.model.variables;
        auto &program = w.program;
        for (int i = 0; i < variables; ++i) q[i] = std::clamp(q[i], problem.lower[i], problem.upper[i]);
        w.forward(*root, q);
        double merit = merit_of(w, problem, q), damping = problem.damping;
        bool linearised = false;
        while (result->iterations < problem.iterations) {
            if (!std::isfinite(merit)) return KRB_NOT_FINITE;
            if (!linearised) {
                linearise(w, problem, q);
                constrain(w, problem, q);
                linearised = true;
            }
            program.hessian.topLeftCorner(n, n).triangularView<Eigen::Lower>() = w.normal;
            program.hessian.diagonal().head(n).array() += damping;
            program.solve(n, problem.floor_point_count);
            const auto step = program.x.head(n);
            if (!step.allFinite()) return KRB_NOT_FINITE;
            ++result->iterations;
            result->active_bounds = program.active_bounds();
            result->dropped_points = program.dropped_rows();

            const krb_pose root_before = *root;
            std::copy(q, q + variables, w.before.begin());
            if (w.model.floating) {
                root->position = {
                    root->position.x + step[0], root->position.y + step[1], root->position.z + step[2]};
                root->rotation = quaternion(
                    Quaterniond((exponential(step.segment<3>(3)) * quaternion(root->rotation)).normalized()));
            }
            for (int i = 0; i < variables; ++i) {
                q[i] = std::clamp(q[i] + step[first + i], problem.lower[i], problem.upper[i]);
            }
            w.forward(*root, q);
            const double next = merit_of(w, problem, q);
            const bool small = step.cwiseAbs().maxCoeff() < problem.tolerance;
            // Far from the goal the neglected curvature can make a full step worse: then a shorter one is tried
            // (Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", 1963).
            if (next <= merit) {
                merit = next;
                damping = std::max(problem.damping, damping / 4);
                linearised = false;
            } else {
                *root = root_before;
                std::copy(w.before.begin(), w.before.end(), q);
                w.forward(*root, q);
                damping = std::max(10 * damping, 1e-2);
            }
            if (small) break;
        }
        result->cost = evaluate(w, problem, q, errors);
        result->floor_violation = depth(w, problem, nullptr);
        return std::isfinite(result->cost) ? KRB_OK : KRB_NOT_FINITE;
    } catch (...) {
        return KRB_INVALID_ARGUMENT;
    }
}

struct krb_qp {
    krb::QuadraticProgram program;
};

extern "C" krb_status krb_qp_create(int32_t max_size, int32_t max_rows, krb_qp **out) {
    *out = nullptr;
    try {
        if (max_size < 1 || max_rows < 0) return KRB_INVALID_ARGUMENT;
        *out = new krb_qp{QuadraticProgram(max_size, max_rows)};
        return KRB_OK;
    } catch (...) {
        return KRB_OUT_OF_MEMORY;
    }
}

extern "C" void krb_qp_destroy(krb_qp *qp) { delete qp; }

extern "C" krb_status krb_qp_solve(
    krb_qp *qp, int32_t size, const double *hessian, const double *gradient, const double *lower, const double *upper,
    int32_t row_count, const double *rows, const double *least, double *x, double *multipliers) {
    try {
        auto &program = qp->program;
        if (size < 1 || size > program.x.size() || row_count < 0 || row_count > program.least.size()
            || (row_count > 0 && (rows == nullptr || least == nullptr))) {
            return KRB_INVALID_ARGUMENT;
        }
        for (int i = 0; i < size; ++i) {
            if (!(lower[i] <= upper[i])) return KRB_INVALID_ARGUMENT;
            program.gradient[i] = gradient[i];
            program.lower[i] = lower[i];
            program.upper[i] = upper[i];
            for (int j = 0; j < size; ++j) program.hessian(i, j) = hessian[i * size + j];
        }
        for (int r = 0; r < row_count; ++r) {
            program.least[r] = least[r];
            for (int j = 0; j < size; ++j) program.rows(j, r) = rows[r * size + j];
        }
        const auto status = program.solve(size, row_count);
        for (int i = 0; i < size; ++i) x[i] = program.x[i];
        if (multipliers != nullptr) {
            for (int i = 0; i < size; ++i) multipliers[i] = program.bound_multiplier(i);
            for (int r = 0; r < row_count; ++r) multipliers[size + r] = program.row_multiplier(r);
        }
        switch (status) {
        case QuadraticProgram::Status::optimal: return KRB_OK;
        case QuadraticProgram::Status::infeasible: return KRB_INFEASIBLE;
        case QuadraticProgram::Status::iteration_limit: return KRB_ITERATION_LIMIT;
        }
        return KRB_OK;
    } catch (...) {
        return KRB_INVALID_ARGUMENT;
    }
}
