#include <algorithm>
#include <cmath>
#include <new>

#include "DenseKernel.hpp"
#include "LeastSquares.hpp"

using namespace krb;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A Gauss–Newton step over a window of frames that are joined by their second differences. The normal equations are
/// block pentadiagonal; they are factored from the first frame to the last as L L'.
struct krb_window {
    krb_window(const krb_model &m) : model(m), scratch(m.dof()), stiffness(m.dof()) {}

    const krb_model &model;
    VectorXd scratch;
    VectorXd stiffness;  // weight of the second difference by degree of freedom
    // By frame: the diagonal block and, under it, those of the next two frames; gradient, and then the step. Rows of zeros
    // fill the blocks up, so that they divide into vectors.
    std::vector<MatrixXd> diagonal, next, second;
    std::vector<VectorXd> step;
    // The configuration before the step.
    std::vector<krb_pose> roots;
    std::vector<double> variables;

    void resize(int count) {
        const int n = model.dof(), rows = (n + 3) / 4 * 4;
        for (int t = static_cast<int>(diagonal.size()); t < count; ++t) {
            for (auto *blocks : {&diagonal, &next, &second}) blocks->emplace_back(MatrixXd::Zero(rows, n));
            step.emplace_back(n);
        }
        if (static_cast<int>(roots.size()) < count) {
            roots.resize(count);
            variables.resize(static_cast<size_t>(count) * model.variables);
        }
    }

    bool solve(int first, int count);
};

namespace {

// Springs on the floor and between capsules, stiff beside the tasks and soft enough for long steps.
constexpr double floor_stiffness = 2e3, capsule_stiffness = 300;

struct Frames {
    const krb_window_problem &problem;
    const krb_model &model;
    krb_pose *roots;
    double *variables;

    double *at(int t) const { return variables + static_cast<size_t>(t) * model.variables; }

    krb_problem frame(int t) const {
        krb_problem frame = problem.frame;
        frame.frame = t;
        return frame;
    }

    /// Change of the speed from frame t to t + 1 and on to t + 2, by degree of freedom.
    void bend(int t, VectorXd &out) const {
        const int first = model.root_dof();
        if (model.floating) {
            out.head<3>() =
                vector(roots[t].position) - 2 * vector(roots[t + 1].position) + vector(roots[t + 2].position);
            const Quaterniond a = quaternion(roots[t].rotation), b = quaternion(roots[t + 1].rotation);
            const Quaterniond c = quaternion(roots[t + 2].rotation);
            out.segment<3>(3) = rotation_vector(c * b.conjugate()) - rotation_vector(b * a.conjugate());
        }
        for (int i = 0; i < model.variables; ++i) out[first + i] = at(t)[i] - 2 * at(t + 1)[i] + at(t + 2)[i];
    }
};

double merit_of(krb_workspace &w, const krb_window &window, const Frames &frames, VectorXd &scratch) {
    double merit = 0;
    for (int t = frames.problem.fixed; t < frames.problem.count; ++t) {
        const krb_problem frame = frames.frame(t);
        w.forward(frames.roots[t], frames.at(t));
        const Violation missed = violation(w, frame, 0);
        merit += evaluate(w, frame, frames.at(t)) + floor_stiffness * missed.floor_squares
            + capsule_stiffness * missed.capsule_squares;
    }
    for (int t = std::max(0, frames.problem.fixed - 2); t + 2 < frames.problem.count; ++t) {
        frames.bend(t, scratch);
        merit += scratch.dot(window.stiffness.cwiseProduct(scratch));
    }
    return merit;
}

/// Missed inequalities, as springs.
void press(krb_workspace &w, const krb_problem &problem) {
    auto &program = w.program;
    const int n = w.model.dof();
    auto row = program.x.head(n);  // free while no program is solved
    const auto add = [&](double depth, double stiffness) {
        program.gradient.head(n) -= stiffness * depth * row;
        w.normal.selfadjointView<Eigen::Lower>().rankUpdate(row, stiffness);
    };
    for (int p = 0; p < problem.floor_point_count; ++p) {
        const krb_floor_point &floor = problem.floor_points[p];
        const double height = w.height(floor);
        if (height >= 0) continue;
        const Vector3d at = w.point(floor.body, vector(floor.point));
        w.point_block(floor.body, at, -1, at);
        row = w.block.row(2).transpose();
        add(-height, floor_stiffness);
    }
    if (problem.keeps_apart) {
        w.near_pairs(0, [&](const CapsulePair &pair, const krb_workspace::Separation &apart) {
            w.pair_block(pair, apart);
            row.noalias() = w.block.transpose() * apart.normal;
            add(-apart.gap, capsule_stiffness);
        });
    }
}

void assemble(krb_workspace &w, krb_window &window, const Frames &frames, VectorXd &scratch) {
    const auto &problem = frames.problem;
    const int n = w.model.dof(), root = w.model.root_dof();
    for (int t = problem.fixed; t < problem.count; ++t) {
        const krb_problem frame = frames.frame(t);
        w.forward(frames.roots[t], frames.at(t));
        linearise(w, frame, frames.at(t));
        press(w, frame);
        window.diagonal[t].topRows(n) = w.normal;
        window.diagonal[t].diagonal().array() += frame.damping;
        window.next[t].setZero();
        window.second[t].setZero();
        window.step[t] = -w.program.gradient.head(n);
    }
    for (int s = std::max(0, problem.fixed - 2); s + 2 < problem.count; ++s) {
        frames.bend(s, scratch);
        scratch.array() *= window.stiffness.array();
        constexpr double coefficient[3] = {1, -2, 1};
        for (int i = 0; i < 3; ++i) {
            if (s + i < problem.fixed) continue;
            window.step[s + i] -= coefficient[i] * scratch;
            window.diagonal[s + i].diagonal() += coefficient[i] * coefficient[i] * window.stiffness;
            if (i < 2) window.next[s + i].diagonal() += coefficient[i] * coefficient[i + 1] * window.stiffness;
            if (i < 1) window.second[s + i].diagonal() += window.stiffness;
        }
    }
    // A joint at the end of its range that is pressed against it stays there (Bertsekas, "Projected Newton methods for
    // optimization problems with simple constraints", 1982). Rounding does not decide whether it is there.
    constexpr double near = 1e-6;
    for (int t = problem.fixed; t < problem.count; ++t) {
        for (int i = 0; i < w.model.variables; ++i) {
            const double q = frames.at(t)[i], force = window.step[t][root + i];
            const bool pressed =
                (q <= problem.frame.lower[i] + near && force < 0) || (q >= problem.frame.upper[i] - near && force > 0);
            if (pressed) window.diagonal[t](root + i, root + i) += 1e8;
        }
    }
}

/// Column j of C, from row `first` on, less that of A B'.
void subtract_column(const MatrixXd &a, const MatrixXd &b, int j, int first, MatrixXd &c) {
    const int rows = static_cast<int>(a.rows()), columns = static_cast<int>(a.cols());
    subtract_product(rows - first, columns, a.data() + first, rows, b.data() + j, rows, &c(first, j));
}

/// The lower triangle of C less that of A A'; the upper one is spoilt.
void subtract_square(const MatrixXd &a, MatrixXd &c) {
    for (int j = 0; j < c.cols(); ++j) subtract_column(a, a, j, strip_start(j), c);
}

}  // namespace

bool krb_window::solve(int first, int count) {
    const int n = model.dof();
    for (int t = first; t < count; ++t) {
        if (!factor(diagonal[t])) return false;
        diagonal[t].topRows(n).triangularView<Eigen::Lower>().solveInPlace(step[t]);
        if (t + 1 >= count) continue;
        divide_by_transposed(next[t], diagonal[t]);
        subtract_square(next[t], diagonal[t + 1]);
        step[t + 1].noalias() -= next[t].topRows(n) * step[t];
        if (t + 2 >= count) continue;
        divide_by_transposed(second[t], diagonal[t]);
        for (int j = 0; j < n; ++j) subtract_column(second[t], next[t], j, 0, next[t + 1]);
        subtract_square(second[t], diagonal[t + 2]);
        step[t + 2].noalias() -= second[t].topRows(n) * step[t];
    }
    for (int t = count - 1; t >= first; --t) {
        if (t + 1 < count) step[t].noalias() -= next[t].topRows(n).transpose() * step[t + 1];
        if (t + 2 < count) step[t].noalias() -= second[t].topRows(n).transpose() * step[t + 2];
        diagonal[t].topRows(n).transpose().triangularView<Eigen::Upper>().solveInPlace(step[t]);
        if (!step[t].allFinite()) return false;
    }
    return true;
}

extern "C" krb_status krb_window_create(const krb_model *model, krb_window **out) {
    *out = nullptr;
    try {
        *out = new krb_window(*model);
        return KRB_OK;
    } catch (...) {
        return KRB_OUT_OF_MEMORY;
    }
}

extern "C" void krb_window_destroy(krb_window *window) { delete window; }

extern "C" krb_status krb_window_solve(
    krb_window *window, krb_workspace *workspace, const krb_window_problem *given, krb_pose *roots, double *variables) {
    try {
        krb_workspace &w = *workspace;
        const krb_window_problem &problem = *given;
        const int count = problem.count, dof = w.model.dof(), first = w.model.root_dof();
        if (count < 0 || problem.fixed < 0 || problem.fixed > count || problem.frame.iterations < 0) {
            return KRB_INVALID_ARGUMENT;
        }
        window->resize(count);
        for (int i = 0; i < dof; ++i) window->stiffness[i] = problem.stiffness[i];
        const Frames frames{problem, w.model, roots, variables};
        VectorXd &scratch = window->scratch;
        double merit = merit_of(w, *window, frames, scratch);
        for (int iteration = 0; iteration < problem.frame.iterations; ++iteration) {
            if (!std::isfinite(merit)) return KRB_NOT_FINITE;
            assemble(w, *window, frames, scratch);
            if (!window->solve(problem.fixed, count)) return KRB_NOT_FINITE;
            std::copy(roots, roots + count, window->roots.begin());
            std::copy(variables, variables + static_cast<size_t>(count) * w.model.variables, window->variables.begin());
            double largest = 0;
            for (int t = problem.fixed; t < count; ++t)
                largest = std::max(largest, window->step[t].cwiseAbs().maxCoeff());
            bool better = false;
            for (double share = 1; share > 0.1 && !better; share /= 2) {
                for (int t = problem.fixed; t < count; ++t) {
                    const auto step = share * window->step[t];
                    if (w.model.floating) {
                        const krb_pose &before = window->roots[t];
                        roots[t].position = vector(Vector3d(vector(before.position) + step.head<3>()));
                        roots[t].rotation = quaternion(
                            Quaterniond((exponential(step.segment<3>(3)) * quaternion(before.rotation)).normalized()));
                    }
                    for (int i = 0; i < w.model.variables; ++i) {
                        const size_t place = static_cast<size_t>(t) * w.model.variables + i;
                        variables[place] = std::clamp(
                            window->variables[place] + step[first + i], problem.frame.lower[i], problem.frame.upper[i]);
                    }
                }
                const double now = merit_of(w, *window, frames, scratch);
                better = now <= merit;
                if (better) merit = now;
            }
            if (!better) {
                std::copy(window->roots.begin(), window->roots.begin() + count, roots);
                std::copy(window->variables.begin(),
                    window->variables.begin() + static_cast<size_t>(count) * w.model.variables, variables);
                break;
            }
            if (largest < problem.frame.tolerance) break;
        }
        return KRB_OK;
    } catch (...) {
        return KRB_OUT_OF_MEMORY;
    }
}
