#include "Workspace.hpp"

#include <algorithm>

using namespace krb;

bool krb_workspace::apart(const krb_capsule_pair &pair, double gap) const {
    Vector3d middle[2];
    double reach = pair.reach + gap;
    for (int k = 0; k < 2; ++k) {
        const Vector3d from = vector(pair.from[k]), to = vector(pair.to[k]);
        middle[k] = point(pair.body[k], (from + to) / 2);
        reach += (to - from).norm() / 2;
    }
    return (middle[0] - middle[1]).squaredNorm() > reach * reach;
}

/// Nearest points of two segments (Ericson, "Real-Time Collision Detection", 2005, section 5.1.9).
krb_workspace::Separation krb_workspace::separation(const krb_capsule_pair &pair) const {
    const Vector3d p = point(pair.body[0], vector(pair.from[0])), q = point(pair.body[1], vector(pair.from[1]));
    const Vector3d d = point(pair.body[0], vector(pair.to[0])) - p, e = point(pair.body[1], vector(pair.to[1])) - q;
    const Vector3d r = p - q;
    const double a = d.squaredNorm(), b = d.dot(e), c = e.squaredNorm(), f = d.dot(r), g = e.dot(r);
    const auto share = [](double over, double under) { return under > 1e-12 ? std::clamp(over / under, 0.0, 1.0) : 0.0; };
    const double determinant = a * c - b * b;
    double s = determinant > 1e-9 * a * c ? share(b * g - c * f, determinant) : 0;
    const double t = share(b * s + g, c);
    s = share(b * t - f, a);
    Separation out{{p + s * d, q + t * e}, Vector3d::Zero(), 0};
    out.normal = out.at[0] - out.at[1];
    const double distance = out.normal.norm();
    out.gap = distance - pair.reach;
    // Axes that cross have no direction of their own: apart along what is square to both.
    out.normal = distance > 1e-9 ? Vector3d(out.normal / distance) : Vector3d(d.cross(e).normalized());
    return out;
}

extern "C" double krb_capsule_gap(const krb_workspace *workspace, const krb_capsule_pair *pair) {
    return workspace->separation(*pair).gap;
}
