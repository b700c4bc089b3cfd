#include "Workspace.hpp"

#include <algorithm>
#include <limits>
#include <utility>

using namespace krb;

void krb_workspace::place_capsules() {
    if (placed) return;
    for (Capsule &capsule : capsules) {
        capsule.placed_middle = point(capsule.body, capsule.middle);
        capsule.placed_half.noalias() = rotation[capsule.body] * capsule.half;
    }
    for (Hull &hull : hulls) hull.placed = point(hull.body, hull.center);
    placed = true;
}

void krb_workspace::group_pairs() {
    hulls.clear();
    body_pairs.clear();
    std::vector<int> hull_of(model.bodies.size(), -1);
    for (const Capsule &capsule : capsules) {
        if (hull_of[capsule.body] >= 0) continue;
        hull_of[capsule.body] = static_cast<int>(hulls.size());
        Hull hull{capsule.body, Vector3d::Zero(), 0, Vector3d::Zero()};
        int count = 0;
        for (const Capsule &other : capsules) {
            if (other.body == capsule.body) hull.center += other.middle, ++count;
        }
        hull.center /= count;
        for (const Capsule &other : capsules) {
            if (other.body != capsule.body) continue;
            hull.radius = std::max(hull.radius, (other.middle - hull.center).norm() + other.half.norm());
        }
        hulls.push_back(hull);
    }
    const auto bodies = [&](const CapsulePair &pair) {
        return std::pair(capsules[pair.capsule[0]].body, capsules[pair.capsule[1]].body);
    };
    std::stable_sort(
        pairs.begin(), pairs.end(), [&](const CapsulePair &a, const CapsulePair &b) { return bodies(a) < bodies(b); });
    for (int index = 0; index < static_cast<int>(pairs.size()); ++index) {
        const CapsulePair &pair = pairs[index];
        if (index == 0 || bodies(pairs[index - 1]) != bodies(pair)) {
            body_pairs.push_back({{hull_of[bodies(pair).first], hull_of[bodies(pair).second]}, index, index, 0});
        }
        BodyPair &last = body_pairs.back();
        last.end = index + 1;
        last.bound = std::max(last.bound, hulls[last.hull[0]].radius + hulls[last.hull[1]].radius + pair.reach);
    }
}

/// Nearest points of two segments (Ericson, "Real-Time Collision Detection", 2005, section 5.1.9).
krb_workspace::Separation krb_workspace::nearest(const CapsulePair &pair) const {
    const Capsule &first = capsules[pair.capsule[0]], &second = capsules[pair.capsule[1]];
    const Vector3d p = first.placed_middle - first.placed_half, q = second.placed_middle - second.placed_half;
    const Vector3d d = 2 * first.placed_half, e = 2 * second.placed_half;
    const Vector3d r = p - q;
    const double a = d.squaredNorm(), b = d.dot(e), c = e.squaredNorm(), f = d.dot(r), g = e.dot(r);
    const auto share = [](double over, double under) {
        return under > 1e-12 ? std::clamp(over / under, 0.0, 1.0) : 0.0;
    };
    const double determinant = a * c - b * b;
    double s = determinant > 1e-9 * a * c ? share(b * g - c * f, determinant) : 0;
    const double t = share(b * s + g, c);
    s = share(b * t - f, a);
    Separation out{{p + s * d, q + t * e}, Vector3d::Zero(), 0};
    out.normal = out.at[0] - out.at[1];
    return out;
}

void krb_workspace::direct(const CapsulePair &pair, Separation &found, double distance) const {
    found.gap = distance - pair.reach;
    if (distance > 1e-9) {
        found.normal /= distance;
        return;
    }
    // Axes that cross have no direction of their own: apart along what is square to both.
    const Capsule &first = capsules[pair.capsule[0]], &second = capsules[pair.capsule[1]];
    found.normal = first.placed_half.cross(second.placed_half).normalized();
}

krb_workspace::Separation krb_workspace::separation(const CapsulePair &pair) const {
    Separation found = nearest(pair);
    direct(pair, found, found.normal.norm());
    return found;
}

extern "C" krb_status krb_workspace_watch(krb_workspace *workspace, const krb_capsule *capsules, int32_t capsule_count,
    const krb_capsule_pair *pairs, int32_t pair_count) {
    try {
        krb_workspace &w = *workspace;
        if (capsule_count < 0 || pair_count < 0) return KRB_INVALID_ARGUMENT;
        w.pairs.clear();
        w.body_pairs.clear();
        w.capsules.clear();
        w.near.clear();
        w.placed = false;
        for (int i = 0; i < capsule_count; ++i) {
            const krb_capsule &capsule = capsules[i];
            if (capsule.body < 0 || capsule.body >= static_cast<int>(w.model.bodies.size()))
                return KRB_INVALID_ARGUMENT;
            const Vector3d from = vector(capsule.from), to = vector(capsule.to);
            w.capsules.push_back({capsule.body, (from + to) / 2, (to - from) / 2, Vector3d::Zero(), Vector3d::Zero()});
        }
        for (int i = 0; i < pair_count; ++i) {
            CapsulePair pair{{pairs[i].capsule[0], pairs[i].capsule[1]}, pairs[i].reach, pairs[i].reach};
            for (int index : pair.capsule) {
                if (index < 0 || index >= capsule_count) {
                    w.pairs.clear();
                    return KRB_INVALID_ARGUMENT;
                }
                pair.bound += w.capsules[index].half.norm();
            }
            w.pairs.push_back(pair);
        }
        w.group_pairs();
        w.near.clear();
        w.near.reserve(pair_count);
        w.program = QuadraticProgram(w.model.dof(), w.max_floor_points + pair_count);
        return KRB_OK;
    } catch (...) {
        return KRB_OUT_OF_MEMORY;
    }
}

extern "C" double krb_least_gap(krb_workspace *workspace) {
    double least = std::numeric_limits<double>::infinity();
    workspace->place_capsules();
    for (const CapsulePair &pair : workspace->pairs) {
        if (!workspace->apart(pair, least)) least = std::min(least, workspace->separation(pair).gap);
    }
    return least;
}
