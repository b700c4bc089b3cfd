#include "LeastSquares.hpp"

#include <algorithm>
#include <cmath>

using namespace krb;

namespace {

/// How good a configuration is: its cost and how far it misses the inequalities, the sum of the squares.
struct Standing {
    double cost, missed;
    double depth, overlap;

    /// Whether a step that led to `next` is taken. It must not make cost and inequalities together worse, these by a
    /// penalty that is quadratic, so that what a step misses them by, which is of second order and set right by the next,
    /// does not stop it; or it sets them right by half, whatever that costs, as in a filter (Fletcher and Leyffer,
    /// "Nonlinear programming without a penalty function", 2002).
    bool takes(const Standing &next) const {
        constexpr double penalty = 1e4, noteworthy = 1e-7;
        return next.cost + penalty * next.missed <= cost + penalty * missed
            || (missed > noteworthy && next.missed <= missed / 4);
    }
};

/// Capsules farther apart than this do not meet in one step, m.
constexpr double capsule_influence = 0.06;

/// Keeps the pairs of capsules that are near when another step is to follow.
Standing standing_of(krb_workspace &w, const krb_problem &problem, const double *q, bool goes_on) {
    const Violation missed = violation(w, problem, goes_on ? capsule_influence : 0);
    return {evaluate(w, problem, q), missed.floor_squares + missed.capsule_squares, missed.depth, missed.overlap};
}

/// Bounds and inequalities of the problem, linearised where `w` judged it last; returns the number of rows.
int constrain(krb_workspace &w, const krb_problem &problem, const double *q) {
    // Capsules that overlap come apart by no more in one step.
    constexpr double recovery = 0.03;
    // Share of what the bounds let them come apart by that is asked for.
    constexpr double attainable = 0.9;
    // Points higher than this do not reach the floor in one step.
    constexpr double near_floor = 0.15;
    const int n = w.model.dof(), first = w.model.root_dof();
    auto &program = w.program;
    program.lower.head(first).setConstant(-problem.step_limit);
    program.upper.head(first).setConstant(problem.step_limit);
    for (int i = 0; i < w.model.variables; ++i) {
        program.lower[first + i] = std::max(problem.lower[i] - q[i], -problem.step_limit);
        program.upper[first + i] = std::min(problem.upper[i] - q[i], problem.step_limit);
    }
    int row = 0;
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const krb_floor_point &floor = problem.floor_points[p];
        const double height = w.height(floor);
        if (height > near_floor) continue;
        w.height_row(floor, program.rows.col(row).head(n));
        program.least[row] = -height;
        ++row;
    }
    if (problem.keeps_apart) {
        for (const auto &[pair, apart] : w.near) {
            w.pair_block(*pair, apart);
            program.rows.col(row).head(n).noalias() = w.block.transpose() * apart.normal;
            // No more than the bounds let through: a row that asks for more would be given up.
            const auto normal = program.rows.col(row).head(n).array();
            const auto lower = program.lower.head(n).array(), upper = program.upper.head(n).array();
            const double reach = (normal * lower).max(normal * upper).sum();
            program.least[row] = std::min({-apart.gap, recovery, attainable * reach});
            ++row;
        }
    }
    return row;
}

bool sound(const krb_workspace &w, const krb_problem &problem) {
    const int bodies = static_cast<int>(w.model.bodies.size());
    if (problem.floor_point_count > w.max_floor_points) return false;
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
    krb_workspace *workspace, const krb_problem *given, krb_pose *root, double *q, krb_result *result) {
    try {
        krb_workspace &w = *workspace;
        const krb_problem &problem = *given;
        *result = {0, 0, 0, 0, 0, 0, 0};
        if (!sound(w, problem)) return KRB_INVALID_ARGUMENT;
        const int n = w.model.dof(), first = w.model.root_dof(), variables = w.model.variables;
        auto &program = w.program;
        for (int i = 0; i < variables; ++i) q[i] = std::clamp(q[i], problem.lower[i], problem.upper[i]);
        w.forward(*root, q);
        Standing standing = standing_of(w, problem, q, problem.iterations > 0);
        double damping = problem.damping;
        bool linearised = false;
        int rows = 0;
        while (result->iterations < problem.iterations) {
            if (!std::isfinite(standing.cost + standing.missed)) return KRB_NOT_FINITE;
            if (!linearised) {
                linearise(w, problem, q);
                rows = constrain(w, problem, q);
                linearised = true;
            }
            program.hessian.topLeftCorner(n, n).triangularView<Eigen::Lower>() = w.normal;
            program.hessian.diagonal().head(n).array() += damping;
            program.solve(n, rows);
            const auto step = program.x.head(n);
            if (!step.allFinite()) return KRB_NOT_FINITE;
            ++result->iterations;
            result->active_bounds = program.active_bounds();
            result->dropped_rows = program.dropped_rows();

            const krb_pose root_before = *root;
            std::copy(q, q + variables, w.before.begin());
            const bool small = step.cwiseAbs().maxCoeff() < problem.tolerance;
            // Far from the goal the neglected curvature can make a full step worse: then shorter ones are tried, and after
            // them a step that is damped more (Marquardt, "An algorithm for least-squares estimation of nonlinear
            // parameters", 1963).
            bool better = false;
            for (double share = 1; share > 0.1 && !better; share /= 2) {
                if (w.model.floating) {
                    root->position = vector(Vector3d(vector(root_before.position) + share * step.head<3>()));
                    root->rotation = quaternion(Quaterniond(
                        (exponential(share * step.segment<3>(3)) * quaternion(root_before.rotation)).normalized()));
                }
                for (int i = 0; i < variables; ++i) {
                    q[i] = std::clamp(w.before[i] + share * step[first + i], problem.lower[i], problem.upper[i]);
                }
                w.forward(*root, q);
                const Standing next = standing_of(w, problem, q, result->iterations < problem.iterations);
                better = standing.takes(next);
                if (better) standing = next;
            }
            if (better) {
                damping = std::max(problem.damping, damping / 4);
                linearised = false;
            } else {
                *root = root_before;
                std::copy(w.before.begin(), w.before.end(), q);
                w.forward(*root, q);
                damping = std::max(30 * damping, 0.1);
            }
            if (small) {
                result->converged = 1;
                break;
            }
        }
        result->cost = standing.cost;
        result->floor_violation = standing.depth;
        result->overlap = standing.overlap;
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

extern "C" krb_status krb_qp_solve(krb_qp *qp, int32_t size, const double *hessian, const double *gradient,
    const double *lower, const double *upper, int32_t row_count, const double *rows, const double *least, double *x,
    double *multipliers) {
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
