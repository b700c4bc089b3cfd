#ifndef CRIGIDBODY_H
#define CRIGIDBODY_H

// Kinematics of trees of rigid bodies, and inverse kinematics as a sequence of constrained quadratic programs.
//
// SI units, radians. A model is immutable and may be shared by threads; a workspace holds the scratch memory of one
// thread. Nothing allocates after creation. Functions return a status and never throw; on any status but KRB_OK the
// outputs are unspecified.
//
// Degrees of freedom: with a floating root first its velocity (x, y, z) and its angular velocity (x, y, z), both in
// world axes, then one for each variable. Jacobians are stored by rows.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum : int32_t {
    KRB_OK = 0,
    KRB_INVALID_ARGUMENT = 1,
    KRB_OUT_OF_MEMORY = 2,
    KRB_NOT_FINITE = 3,
    KRB_INFEASIBLE = 4,
    KRB_ITERATION_LIMIT = 5,
} krb_status;

typedef enum : int32_t { KRB_FIXED = 0, KRB_REVOLUTE = 1, KRB_PRISMATIC = 2 } krb_joint_kind;

typedef struct {
    double x, y, z;
} krb_vector3;

typedef struct {
    double w, x, y, z;
} krb_quaternion;

typedef struct {
    krb_vector3 position;
    krb_quaternion rotation;
} krb_pose;

// A body and the joint that moves it. Its joint's position is ratio * variable + constant, which covers mimic joints.
typedef struct {
    int32_t parent;  // index of an earlier body; -1 for the root, which is body 0
    krb_joint_kind kind;
    krb_pose placement;  // in the parent, at joint position 0
    krb_vector3 axis;    // unit, in the body
    krb_vector3 origin;  // a point of the axis, in the body
    int32_t variable;    // index of the variable that drives the joint; -1 for a joint held at `constant`
    double ratio;
    double constant;
    double mass;
    krb_vector3 center_of_mass;  // in the body
} krb_body;

typedef struct krb_model krb_model;
typedef struct krb_workspace krb_workspace;

krb_status krb_model_create(const krb_body *_Nonnull bodies, int32_t body_count, int32_t variable_count,
    int32_t floating, krb_model *_Nullable *_Nonnull model);
void krb_model_destroy(krb_model *_Nullable model);
int32_t krb_model_dof(const krb_model *_Nonnull model);

// A workspace refers to its model, which must outlive it. `max_floor_points` bounds those of a problem.
krb_status krb_workspace_create(
    const krb_model *_Nonnull model, int32_t max_floor_points, krb_workspace *_Nullable *_Nonnull workspace);
void krb_workspace_destroy(krb_workspace *_Nullable workspace);

// Forward kinematics of all bodies; the other queries answer for the configuration given last.
krb_status krb_forward(krb_workspace *_Nonnull workspace, krb_pose root, const double *_Nonnull variables);
// Pose of a body in the world.
krb_pose krb_body_pose(const krb_workspace *_Nonnull workspace, int32_t body);
// body_count x 6 x dof: linear velocity of each body's origin, then its angular velocity.
krb_status krb_jacobians(const krb_workspace *_Nonnull workspace, double *_Nonnull out);
krb_vector3 krb_center_of_mass(const krb_workspace *_Nonnull workspace);
// 3 x dof.
krb_status krb_center_of_mass_jacobian(krb_workspace *_Nonnull workspace, double *_Nonnull out);

// A point of a body in the world.
krb_vector3 krb_point(const krb_workspace *_Nonnull workspace, int32_t body, krb_vector3 point);
// The rotation vector, in the world, of the turn that is missing from a body's orientation to `target`.
krb_vector3 krb_missing_turn(const krb_workspace *_Nonnull workspace, int32_t body, krb_quaternion target);

// A block of three rows over the degrees of freedom: a velocity in world axes. A workspace holds one at a time. Column c
// starts at values + 3 c; those that are not among `columns` are zero.
typedef struct {
    double *_Nonnull values;
    const int32_t *_Nonnull columns;
    int32_t column_count;
} krb_rows;

krb_rows krb_rows_current(krb_workspace *_Nonnull workspace);
void krb_rows_clear(krb_workspace *_Nonnull workspace);
// Of a point of `body`, less that of a point of `reference` where that is a body (not -1).
void krb_rows_of_point(
    krb_workspace *_Nonnull workspace, int32_t body, krb_vector3 point, int32_t reference, krb_vector3 reference_point);
// The angular velocity of a body.
void krb_rows_of_orientation(krb_workspace *_Nonnull workspace, int32_t body);
// Of the centre of mass of the whole robot.
void krb_rows_of_center_of_mass(krb_workspace *_Nonnull workspace);
// Adds the block to the normal equations: rows * step shall be `error`, with a weight of each row.
void krb_rows_add(krb_workspace *_Nonnull workspace, krb_vector3 weight, krb_vector3 error);

// What a problem minimises beside its posture. The solver does not know what it is: it asks the owner for the cost and for
// the rows at the workspace's configuration, in one of the frames of a window (0 when there is only one).
typedef struct {
    void *_Nullable owner;
    // Adds the sum of weight * error squared.
    void (*_Nonnull add_cost)(void *_Nullable owner, int32_t frame, double *_Nonnull cost);
    // Makes each block of rows and adds it with `krb_rows_add`.
    void (*_Nonnull add_rows)(void *_Nullable owner, int32_t frame);
} krb_objective;

// A point of a body that must not be lower than `height`.
typedef struct {
    int32_t body;
    krb_vector3 point;
    double height;
} krb_floor_point;

// A capsule of a body, given by the ends of its axis.
typedef struct {
    int32_t body;
    krb_vector3 from;
    krb_vector3 to;
} krb_capsule;

// Two capsules, by their indices, whose axes must not come nearer than `reach`.
typedef struct {
    int32_t capsule[2];
    double reach;
} krb_capsule_pair;

// Makes a workspace watch pairs of capsules, in place of those before. Allocates.
krb_status krb_workspace_watch(krb_workspace *_Nonnull workspace, const krb_capsule *_Nullable capsules,
    int32_t capsule_count, const krb_capsule_pair *_Nullable pairs, int32_t pair_count);
// Least distance between the axes of a watched pair less its reach, m; negative when they are too near, infinite when no
// pair is watched.
double krb_least_gap(krb_workspace *_Nonnull workspace);

typedef struct {
    krb_objective objective;
    int32_t frame;  // that the objective is asked for
    const krb_floor_point *_Nullable floor_points;
    int32_t floor_point_count;
    int32_t keeps_apart;                    // whether the watched pairs of capsules are kept apart
    const double *_Nonnull lower;           // of each variable, hard
    const double *_Nonnull upper;           // of each variable, hard
    const double *_Nonnull posture;         // of each variable
    const double *_Nonnull posture_weight;  // of each variable; cost weight * difference squared
    double damping;                         // Levenberg–Marquardt: least value added to the diagonal
    double step_limit;                      // largest change of any degree of freedom in one step, rad or m
    double tolerance;                       // a step smaller than this ends the iteration, rad or m
    int32_t iterations;                     // largest number of steps
} krb_problem;

typedef struct {
    double cost;             // at the result, posture included
    double floor_violation;  // depth of the lowest floor point under its height, m; 0 when none is
    double overlap;          // how much nearer than their reach the nearest capsules are, m; 0 when none are
    int32_t iterations;      // steps taken
    int32_t active_bounds;   // active in the last step
    int32_t dropped_rows;    // inequalities given up in the last step because no bounded step satisfies them
    int32_t converged;       // whether the last step was smaller than the tolerance
} krb_result;

// Solves the problem from the given configuration, which is replaced by the result. The variables stay within their
// bounds whatever the status, and after KRB_NOT_FINITE the configuration is the last one that was finite. Each step is
// an exact quadratic program, so the cost of a call is bounded by `iterations`.
krb_status krb_solve(krb_workspace *_Nonnull workspace, const krb_problem *_Nonnull problem, krb_pose *_Nonnull root,
    double *_Nonnull variables, krb_result *_Nonnull result);

// A window of `count` frames of which the first `fixed` do not change. Its cost is that of the others, for which the
// objective is asked by their number, and the sum over degrees of freedom and frames of stiffness * second difference
// squared. Floor points and capsules act as stiff springs here.
typedef struct {
    krb_problem frame;
    int32_t count;
    int32_t fixed;
    const double *_Nonnull stiffness;  // of each degree of freedom
} krb_window_problem;

typedef struct krb_window krb_window;

// Allocates only when a window is longer than all before. A window refers to its model, which must outlive it.
krb_status krb_window_create(const krb_model *_Nonnull model, krb_window *_Nullable *_Nonnull window);
void krb_window_destroy(krb_window *_Nullable window);
// Takes up to `frame.iterations` Gauss–Newton steps over all frames at once. `roots` has `count` poses, `variables`
// count x variables values; both are replaced by the result, which is never worse than what was given.
krb_status krb_window_solve(krb_window *_Nonnull window, krb_workspace *_Nonnull workspace,
    const krb_window_problem *_Nonnull problem, krb_pose *_Nonnull roots, double *_Nonnull variables);

typedef struct krb_qp krb_qp;

// A quadratic program of at most `max_size` unknowns and `max_rows` general inequalities.
krb_status krb_qp_create(int32_t max_size, int32_t max_rows, krb_qp *_Nullable *_Nonnull qp);
void krb_qp_destroy(krb_qp *_Nullable qp);
// Minimises x'Hx/2 + g'x subject to lower <= x <= upper and rows * x >= least. `hessian` (size x size, symmetric
// positive definite) and `rows` (row_count x size) are stored by rows. The multipliers, when given, are those of the
// bounds (positive at a lower bound, negative at an upper one) and of the rows. KRB_INFEASIBLE: rows that contradict
// the bounds were left out; x is optimal for the others.
krb_status krb_qp_solve(krb_qp *_Nonnull qp, int32_t size, const double *_Nonnull hessian,
    const double *_Nonnull gradient, const double *_Nonnull lower, const double *_Nonnull upper, int32_t row_count,
    const double *_Nullable rows, const double *_Nullable least, double *_Nonnull x, double *_Nullable multipliers);

#ifdef __cplusplus
}
#endif

#endif
