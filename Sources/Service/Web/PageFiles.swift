/// The files of the page, as they are built into the program.
enum PageFiles {
    /// The file at a path; nil when it is none of the page's.
    static func response(to path: String) -> WebResponse? {
        guard let file = files[path] else { return nil }
        return WebResponse(200, file.bytes, type: file.type)
    }

    private static let files: [String: (bytes: [UInt8], type: String)] = {
        let script = "text/javascript; charset=utf-8"
        return [
            "/": (PackageResources.index_html, "text/html; charset=utf-8"),
            "/dashboard.css": (PackageResources.dashboard_css, "text/css; charset=utf-8"),
            "/icon.svg": (PackageResources.icon_svg, "image/svg+xml"),
            "/math.js": (PackageResources.math_js, script),
            "/shaders.js": (PackageResources.shaders_js, script),
            "/scene.js": (PackageResources.scene_js, script),
            "/meshes.js": (PackageResources.meshes_js, script),
            "/store.js": (PackageResources.store_js, script),
            "/stage.js": (PackageResources.stage_js, script),
            "/plots.js": (PackageResources.plots_js, script),
            "/timeline.js": (PackageResources.timeline_js, script),
            "/commands.js": (PackageResources.commands_js, script),
            "/panel.js": (PackageResources.panel_js, script),
            "/people.js": (PackageResources.people_js, script),
            "/dashboard.js": (PackageResources.dashboard_js, script),
        ]
    }()
}
