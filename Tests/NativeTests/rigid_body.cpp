// Drives the C interface of CRigidBody on a small robot: Jacobians against finite differences, optimality of quadratic
// programs, solves that stay within their bounds and off the floor, arguments that are refused.
// `Scripts/sanitize` builds it with the sanitizers.
#include "CRigidBody.h"
#include "check.h"

#include <string.h>

#include <vector>

namespace {

using Numbers = std::vector<double>;

const krb_quaternion identity = {1, 0, 0, 0};

// A trunk on two legs of hip, knee and foot; the knees slide as well, one ankle follows its knee, one body is fixed.
std::vector<krb_body> robot() {
    std::vector<krb_body> bodies;
    auto add = [&](int parent, krb_joint_kind kind, krb_vector3 at, krb_vector3 axis, int variable, double ratio) {
        bodies.push_back(
            {parent, kind, {at, identity}, axis, {0.01, 0, 0}, variable, ratio, 0.05, 1.5, {0, 0.01, -0.1}});
    };
    add(-1, KRB_FIXED, {0, 0, 0}, {0, 0, 1}, -1, 1);
    int variable = 0;
    for (double side : {0.1, -0.1}) {
        const int trunk = 0, hip = int(bodies.size());
        add(trunk, KRB_REVOLUTE, {0, side, 0}, {0, 1, 0}, variable++, 1);
        add(hip, KRB_REVOLUTE, {0, 0, -0.4}, {0, 1, 0}, variable++, 1);
        add(hip + 1, KRB_PRISMATIC, {0, 0, -0.3}, {0, 0, 1}, variable++, 1);
        add(hip + 2, KRB_REVOLUTE, {0, 0, -0.1}, {0.6, 0.8, 0}, variable - 2, -0.5);
    }
    add(0, KRB_FIXED, {0, 0, 0.3}, {1, 0, 0}, -1, 1);
    return bodies;
}

constexpr int variables = 6;
constexpr int dof = 6 + variables;

struct Robot {
    std::vector<krb_body> bodies = robot();
    krb_model *model = nullptr;
    krb_workspace *workspace = nullptr;

    Robot() {
        REQUIRE(krb_model_create(bodies.data(), int(bodies.size()), variables, 1, &model) == KRB_OK);
        REQUIRE(krb_model_dof(model) == dof);
        REQUIRE(krb_workspace_create(model, 8, &workspace) == KRB_OK);
    }
    ~Robot() {
        krb_workspace_destroy(workspace);
        krb_model_destroy(model);
    }
    Robot(const Robot &) = delete;
    Robot &operator=(const Robot &) = delete;
};

krb_pose random_pose() {
    krb_pose pose = {{draw(-1, 1), draw(-1, 1), draw(0.5, 1)}, {draw(-1, 1), draw(-1, 1), draw(-1, 1), draw(-1, 1)}};
    krb_quaternion &q = pose.rotation;
    const double length = sqrt(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z);
    q = {q.w / length, q.x / length, q.y / length, q.z / length};
    return pose;
}

Numbers random_variables() {
    Numbers result(variables);
    for (double &value : result) value = draw(-0.8, 0.8);
    return result;
}

double component(krb_vector3 v, int axis) { return axis == 0 ? v.x : axis == 1 ? v.y : v.z; }

void jacobians() {
    Robot robot;
    const int bodies = int(robot.bodies.size());
    const double step = 1e-6;
    for (int trial = 0; trial < 20; trial++) {
        const krb_pose root = random_pose();
        const Numbers q = random_variables();
        REQUIRE(krb_forward(robot.workspace, root, q.data()) == KRB_OK);
        Numbers jacobian(size_t(bodies) * 6 * dof), mass(3 * dof);
        REQUIRE(krb_jacobians(robot.workspace, jacobian.data()) == KRB_OK);
        REQUIRE(krb_center_of_mass_jacobian(robot.workspace, mass.data()) == KRB_OK);
        for (int column = 0; column < dof; column++) {
            if (column >= 3 && column < 6) continue;  // turns of the root: covered by MuJoCo's goldens in RobotsTests
            std::vector<krb_vector3> places[2];
            krb_vector3 centers[2];
            for (int way = 0; way < 2; way++) {
                krb_pose moved = root;
                Numbers changed = q;
                const double change = way == 0 ? step : -step;
                if (column == 0) moved.position.x += change;
                if (column == 1) moved.position.y += change;
                if (column == 2) moved.position.z += change;
                if (column >= 6) changed[size_t(column - 6)] += change;
                REQUIRE(krb_forward(robot.workspace, moved, changed.data()) == KRB_OK);
                for (int body = 0; body < bodies; body++) {
                    places[way].push_back(krb_body_pose(robot.workspace, body).position);
                }
                centers[way] = krb_center_of_mass(robot.workspace);
            }
            for (int axis = 0; axis < 3; axis++) {
                for (int body = 0; body < bodies; body++) {
                    const double slope =
                        (component(places[0][size_t(body)], axis) - component(places[1][size_t(body)], axis))
                        / (2 * step);
                    REQUIRE_NEAR(jacobian[size_t((body * 6 + axis) * dof + column)], slope, 1e-6);
                }
                const double slope = (component(centers[0], axis) - component(centers[1], axis)) / (2 * step);
                REQUIRE_NEAR(mass[size_t(axis * dof + column)], slope, 1e-6);
            }
        }
    }
}

// Random programs: the result keeps the constraints, and the gradient is balanced by multipliers of the right sign.
void programs() {
    const int most = 12, most_rows = 9;
    krb_qp *qp = nullptr;
    REQUIRE(krb_qp_create(most, most_rows, &qp) == KRB_OK);
    for (int trial = 0; trial < 300; trial++) {
        const int size = 1 + trial % most, count = trial % (most_rows + 1);
        const size_t n = size_t(size);
        Numbers factor(n * n), hessian(n * n), gradient(n), lower(n), upper(n), rows(size_t(count) * n);
        Numbers least(static_cast<size_t>(count)), x(n), multipliers(n + size_t(count));
        for (double &value : factor) value = draw(-1, 1);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                hessian[i * n + j] = i == j ? 0.1 : 0;
                for (size_t k = 0; k < n; k++) hessian[i * n + j] += factor[i * n + k] * factor[j * n + k];
            }
            gradient[i] = draw(-2, 2);
            lower[i] = draw(-1, 0);
            upper[i] = draw(0, 1);
        }
        // x = 0 satisfies all of it, so that no row has to be given up.
        for (double &value : rows) value = draw(-1, 1);
        for (double &value : least) value = draw(-0.5, 0);
        REQUIRE(krb_qp_solve(qp, size, hessian.data(), gradient.data(), lower.data(), upper.data(), count,
                    count ? rows.data() : nullptr, count ? least.data() : nullptr, x.data(), multipliers.data())
            == KRB_OK);
        for (size_t i = 0; i < n; i++) {
            REQUIRE(x[i] >= lower[i] - 1e-9 && x[i] <= upper[i] + 1e-9);
            double balance = gradient[i] - multipliers[i];
            for (size_t j = 0; j < n; j++) balance += hessian[i * n + j] * x[j];
            for (size_t r = 0; r < size_t(count); r++) balance -= rows[r * n + i] * multipliers[n + r];
            REQUIRE_NEAR(balance, 0, 1e-7);
            REQUIRE(multipliers[i] <= 1e-9 || x[i] < lower[i] + 1e-7);
            REQUIRE(multipliers[i] >= -1e-9 || x[i] > upper[i] - 1e-7);
        }
        for (size_t r = 0; r < size_t(count); r++) {
            double value = -least[r];
            for (size_t i = 0; i < n; i++) value += rows[r * n + i] * x[i];
            REQUIRE(value >= -1e-7 && multipliers[n + r] >= -1e-9);
            REQUIRE(multipliers[n + r] <= 1e-7 || value <= 1e-6);
        }
    }
    krb_qp_destroy(qp);
}

// Everything a solve takes, as blocks of their own; it owns the objective and fills its rows.
struct Problem {
    krb_workspace *workspace;
    std::vector<krb_floor_point> floor;
    Numbers lower = Numbers(variables, -1), upper = Numbers(variables, 1);
    Numbers posture = Numbers(variables, 0.1), weight = Numbers(variables, 0.01);
    int last_frame;

    Problem(krb_workspace *workspace, int frames) : workspace(workspace), last_frame(frames - 1) {
        for (int body : {4, 8}) {
            for (double toe : {-0.05, 0.12}) floor.push_back({body, {toe, 0, -0.05}, 0});
        }
    }

    struct Term {
        krb_vector3 weight, error;
    };

    static krb_vector3 minus(krb_vector3 a, krb_vector3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }

    // A foot at a place, a hand at an offset from the root, the root upright, the centre of mass over a place.
    Term term(int index) const {
        const krb_vector3 tip = {0, 0, -0.05}, shoulder = {0, 0, 0.1};
        switch (index) {
        case 0: return {{1, 1, 1}, minus({0.2, 0.1, 0.05}, krb_point(workspace, 4, tip))};
        case 1:
            return {{1, 1, 0.5},
                minus({0.1, 0, -0.8}, minus(krb_point(workspace, 8, tip), krb_point(workspace, 0, shoulder)))};
        case 2: return {{1, 1, 1}, krb_missing_turn(workspace, 0, identity)};
        default: return {{1, 1, 0}, minus({0, 0, 0.6}, krb_center_of_mass(workspace))};
        }
    }

    void rows(int index) const {
        const krb_vector3 tip = {0, 0, -0.05}, shoulder = {0, 0, 0.1}, none = {0, 0, 0};
        switch (index) {
        case 0: return krb_rows_of_point(workspace, 4, tip, -1, none);
        case 1: return krb_rows_of_point(workspace, 8, tip, 0, shoulder);
        case 2: return krb_rows_of_orientation(workspace, 0);
        default: return krb_rows_of_center_of_mass(workspace);
        }
    }

    static void add_cost(void *owner, int32_t frame, double *cost) {
        const Problem &problem = *static_cast<const Problem *>(owner);
        REQUIRE(frame >= 0 && frame <= problem.last_frame);
        for (int index = 0; index < 4; index++) {
            const Term term = problem.term(index);
            for (int axis = 0; axis < 3; axis++) {
                *cost += component(term.weight, axis) * component(term.error, axis) * component(term.error, axis);
            }
        }
    }

    static void add_rows(void *owner, int32_t) {
        const Problem &problem = *static_cast<const Problem *>(owner);
        for (int index = 0; index < 4; index++) {
            const Term term = problem.term(index);
            problem.rows(index);
            const krb_rows rows = krb_rows_current(problem.workspace);
            REQUIRE(rows.column_count > 0 && rows.column_count <= dof);
            krb_rows_add(problem.workspace, term.weight, term.error);
        }
        krb_rows_clear(problem.workspace);
        REQUIRE(krb_rows_current(problem.workspace).column_count == 0);
        krb_rows_add(problem.workspace, {1, 1, 1}, {1, 1, 1});
    }

    krb_problem view() {
        return {{this, add_cost, add_rows}, 0, floor.data(), int32_t(floor.size()), 1, lower.data(), upper.data(),
            posture.data(), weight.data(), 1e-4, 0.3, 1e-6, 30};
    }
};

void watch(const Robot &robot) {
    const krb_capsule capsules[] = {
        {4, {0, 0, 0}, {0, 0, 0.3}}, {8, {0, 0, 0}, {0, 0, 0.3}}, {0, {0, 0, 0}, {0, 0, 0.2}}};
    const krb_capsule_pair pairs[] = {{{0, 1}, 0.08}, {{1, 2}, 0.05}};
    REQUIRE(krb_workspace_watch(robot.workspace, capsules, 3, pairs, 2) == KRB_OK);
}

void solves() {
    Robot robot;
    watch(robot);
    Problem problem(robot.workspace, 1);
    for (int trial = 0; trial < 40; trial++) {
        krb_pose root = {{draw(-0.1, 0.1), draw(-0.1, 0.1), draw(0.7, 0.95)}, identity};
        Numbers q = random_variables();
        krb_result result;
        const krb_problem view = problem.view();
        const krb_status status = krb_solve(robot.workspace, &view, &root, q.data(), &result);
        REQUIRE(status == KRB_OK || status == KRB_INFEASIBLE || status == KRB_ITERATION_LIMIT);
        for (double value : q) REQUIRE(value >= -1 && value <= 1);
        REQUIRE(isfinite(result.cost) && result.floor_violation < 0.02 && result.iterations <= 30);
        REQUIRE(isfinite(krb_least_gap(robot.workspace)));
    }
}

void windows() {
    Robot robot;
    watch(robot);
    krb_window *window = nullptr;
    REQUIRE(krb_window_create(robot.model, &window) == KRB_OK);
    const Numbers stiffness(dof, 0.1);
    for (int count : {3, 7, 12, 5}) {
        Problem problem(robot.workspace, count);
        const krb_window_problem view = {problem.view(), count, 2, stiffness.data()};
        std::vector<krb_pose> roots(size_t(count), {{0, 0, 0.85}, identity});
        Numbers q(size_t(count * variables));
        for (double &value : q) value = draw(-0.2, 0.2);
        const Numbers before = q;
        REQUIRE(krb_window_solve(window, robot.workspace, &view, roots.data(), q.data()) == KRB_OK);
        REQUIRE(memcmp(q.data(), before.data(), 2 * variables * sizeof(double)) == 0);
        for (double value : q) REQUIRE(value >= -1 && value <= 1);
    }
    krb_window_destroy(window);
}

void refusals() {
    std::vector<krb_body> bodies = robot();
    krb_model *model = nullptr;
    bodies[3].parent = 7;
    REQUIRE(krb_model_create(bodies.data(), int(bodies.size()), variables, 1, &model) == KRB_INVALID_ARGUMENT);
    bodies = robot();
    bodies[2].variable = variables;
    REQUIRE(krb_model_create(bodies.data(), int(bodies.size()), variables, 1, &model) == KRB_INVALID_ARGUMENT);

    Robot robot;
    const Numbers q(variables, NAN);
    REQUIRE(krb_forward(robot.workspace, {{0, 0, 1}, identity}, q.data()) == KRB_NOT_FINITE);
    const krb_capsule capsule = {99, {0, 0, 0}, {0, 0, 1}};
    REQUIRE(krb_workspace_watch(robot.workspace, &capsule, 1, nullptr, 0) == KRB_INVALID_ARGUMENT);
    krb_qp *qp = nullptr;
    REQUIRE(krb_qp_create(-1, 0, &qp) == KRB_INVALID_ARGUMENT);
    krb_model_destroy(nullptr), krb_workspace_destroy(nullptr), krb_window_destroy(nullptr), krb_qp_destroy(nullptr);
}

}  // namespace

int main() {
    jacobians();
    programs();
    solves();
    windows();
    refusals();
    printf("rigid bodies: sound\n");
}
