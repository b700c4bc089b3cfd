#!/usr/bin/env python3
"""Tries the dashboard in a browser without a display, and takes pictures of it.

    python3 Scripts/check_page.py [--daemon .build/release/kmmd] [--out pictures] [--browser /usr/bin/chromium] [--from-sources]

Needs playwright (pip) and Chromium (Debian's will do). Starts a daemon with two robots, opens its page on a desktop, a tablet and a
phone, light and dark, says a sentence, presses the keys, goes back in time, and opens the page without a daemon. Exits 1 when the
console told an error, the page is wider than the screen, something did not come, or axe (`pip install axe-playwright-python`, if it is
there) finds what a screen reader cannot use. A minute or two; not part of `make test`. With --from-sources the page's files come from
`Sources/`, not from the daemon: changes are seen without a build.
"""

from __future__ import annotations

import argparse
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "Sources/Service/Web/Page"
SCREENS = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}
SENTENCE = "walk forward two metres, then wave with the right hand, then turn around"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(program: str, state: str) -> tuple[subprocess.Popen[str], str]:
    """A daemon, and the address of its page with the token."""
    port = free_port()
    command = [
        program, "--state", state, "--clips", str(ROOT / "RobotProfiles/motions"), "--http", f"http://127.0.0.1:{port}", "--robot", "unitree_g1",
        "--robot", "booster_t1",
    ]
    for name in ("command", "priority", "events", "stream", "state", "people"):
        command += [f"--endpoint-{name}", f"ipc://{state}/{name}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if "ready:" in line:
            break
    token = (pathlib.Path(state) / "http.token").read_text().strip()
    return process, f"http://127.0.0.1:{port}/#token={token}"


def take_from_sources(context: BrowserContext) -> None:
    """Answers requests for the page's files with those of the sources."""
    files = {("/" if file.name == "index.html" else f"/{file.name}"): file for file in PAGE.iterdir()}
    context.route(
        lambda address: urllib.parse.urlsplit(address).path in files,
        lambda route: route.fulfill(path=files[urllib.parse.urlsplit(route.request.url).path]))


class Checks:
    """What was found wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.faults.append(what)
            print("WRONG:", what)

    def watch(self, page: Page, where: str) -> None:
        def told(kind: str, text: str) -> None:
            # Software drawing warns of itself.
            if kind == "error" or (kind == "warning" and "GL Driver Message" not in text and "fallback to software" not in text):
                self.expect(False, f"{where}: {kind}: {text}")
        page.on("console", lambda message: told(message.type, message.text))
        page.on("pageerror", lambda error: told("error", str(error)))


    def expect_readable(self, page: Page, where: str) -> None:
        """What axe-core finds of WCAG 2 A and AA."""
        try:
            from axe_playwright_python.sync_playwright import Axe
        except ImportError:
            return
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
        for one in found:
            nodes = ", ".join(str(node["target"][0]) for node in one["nodes"])
            self.expect(False, f"{where}: {one['id']}: {one['help']} ({nodes})")


def until(page: Page, expression: str, seconds: float = 60) -> None:
    """Waits until an expression holds; asked for from outside, as the page's own policy forbids to evaluate texts in it."""
    end = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({expression})"):
        if time.monotonic() > end:
            raise TimeoutError(f"never: {expression}")
        page.wait_for_timeout(50)


def state_becomes(page: Page, words: tuple[str, ...], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if any(word in page.inner_text("#state") for word in words):
            return True
        page.wait_for_timeout(100)
    return False


def drive(page: Page, address: str, checks: Checks, shot: Any) -> None:
    """What a person does: say, look, hold, stop, go back."""
    begin = time.monotonic()
    page.goto(address)
    until(page, "store.robot && store.robot.latest")
    print(f"desktop: first pose after {time.monotonic() - begin:.2f} s")
    checks.expect("token" not in page.url, "the token stays in the address")
    page.fill("#text", "walk forward, then wa")
    page.wait_for_selector("#suggestions li")
    shot("suggestions")
    page.fill("#text", SENTENCE)
    page.press("#text", "Enter")
    page.wait_for_selector("#understood li")
    checks.expect(page.locator("#understood li").count() == 3, "three actions are understood")
    checks.expect(state_becomes(page, ("playing",)), "the robot moves")
    until(page, "store.robot.latest.person", 20)
    page.wait_for_timeout(6000)
    shot("dark")
    rate = page.evaluate(
        "() => new Promise(done => { let n = 0; const t = performance.now(); (function f() { n++; "
        "performance.now() - t > 3000 ? done(n / 3) : requestAnimationFrame(f); })(); })")
    drawn = page.evaluate("() => `${stage.scene.canvas.width} x ${stage.scene.canvas.height}, software: ${stage.scene.isSoftware}`")
    print(f"desktop: {rate:.1f} pictures a second ({drawn})")
    page.click("nav button[data-tab=joints]")
    page.fill("#filter", "right")
    page.click("#theme")
    page.wait_for_timeout(1500)
    checks.expect("of 29 joints" in page.inner_text("#count"), "the joints are counted")
    shot("joints")
    page.click("nav button[data-tab=files]")
    page.wait_for_selector("#clips button")
    shot("files")
    page.click('#clips button[aria-label^="Play squat"]')
    checks.expect(state_becomes(page, ("playing",)), "a file is played")
    page.click("nav button[data-tab=joints]")
    page.evaluate('commands.send("say", { text: "walk forward three metres", mode: "replace" })')
    checks.expect(state_becomes(page, ("playing",)), "the robot moves again")
    page.focus("#view")
    page.keyboard.press("h")
    checks.expect(state_becomes(page, ("held",)), "H holds")
    page.fill("#text", "")
    page.press("#text", "Escape")
    page.focus("#view")
    page.keyboard.press("s")
    checks.expect(state_becomes(page, ("holding", "stopping")), "S stops")
    for _ in range(8):
        page.keyboard.press("[")
    page.wait_for_timeout(300)
    checks.expect("ago" in page.inner_text("#live"), "[ goes back")
    page.click("[data-show=all]")
    page.wait_for_timeout(800)
    shot("past-all-robots")
    page.keyboard.press("End")
    page.wait_for_timeout(300)
    checks.expect(page.inner_text("#live") == "live", "End returns")
    page.keyboard.press("2")
    page.wait_for_timeout(300)
    checks.expect(page.evaluate("store.current") == "booster_t1", "2 chooses the second robot")
    page.keyboard.press("x")
    checks.expect(state_becomes(page, ("halted",)), "X halts")
    # A robot that still comes to rest cannot be reset: a person presses again.
    for _ in range(8):
        page.keyboard.press("Shift+R")
        if state_becomes(page, ("holding",), 5):
            break
    checks.expect("holding" in page.inner_text("#state"), "Shift R resets")


def take_picture(browser: Browser, address: str, out: pathlib.Path) -> None:
    """Opens the page of a daemon that runs, says a sentence, and takes a picture while the robot moves."""
    begin = time.monotonic()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    until(page, "store.robot && store.robot.latest")
    print(f"first pose after {time.monotonic() - begin:.2f} s")
    # All pixels, however long each picture takes.
    page.evaluate("() => { stage.scene.fineness = () => 1.5; }")
    page.fill("#text", "walk forward, then wave with the right hand")
    page.press("#text", "Enter")
    until(page, "store.robot.latest.state === 'playing' && store.robot.latest.person", 60)
    page.wait_for_timeout(3000)
    page.screenshot(path=out / "page.png")


def main() -> int:
    parser = argparse.ArgumentParser(description="Try the dashboard in a browser without a display.")
    parser.add_argument("--daemon", default=str(ROOT / ".build/release/kmmd"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("pictures"))
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--from-sources", action="store_true", help="take the page's files from Sources/ instead of the daemon")
    parser.add_argument("--address", help="only look at the page of a daemon that runs, the link with its token")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    checks = Checks()
    arguments = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
    if options.from_sources:
        # A page that comes from here and not from its address counts as one of the internet.
        arguments.append("--disable-features=LocalNetworkAccessChecks")
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=arguments)
        if options.address:
            take_picture(browser, options.address, options.out)
            return 0
        daemon, address = start(options.daemon, state)
        try:
            for name, (width, height) in SCREENS.items():
                for look in ("dark", "light"):
                    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=look)
                    if options.from_sources:
                        take_from_sources(context)
                    page = context.new_page()
                    page.set_default_timeout(120_000)
                    checks.watch(page, f"{name} {look}")
                    shot = lambda what: page.screenshot(path=options.out / f"{name}-{what}.png")  # noqa: E731
                    if (name, look) == ("desktop", "dark"):
                        drive(page, address, checks, shot)
                    else:
                        page.goto(address)
                        until(page, "store.robot && store.robot.latest")
                        page.fill("#text", "wave with the right hand")
                        page.press("#text", "Enter")
                        page.wait_for_timeout(3500)
                        shot(look)
                    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
                    checks.expect(not wide, f"{name} {look}: the page is wider than the screen")
                    checks.expect_readable(page, f"{name} {look}")
                    page.context.close()
            context = browser.new_context(viewport={"width": 1100, "height": 720})
            if options.from_sources:
                take_from_sources(context)
            page = context.new_page()
            page.goto(address.split("#")[0])
            page.wait_for_selector("#access:not([hidden])")
            checks.expect("Read-only" in page.inner_text("#access"), "a page without a token says what to do")
            page.screenshot(path=options.out / "read-only.png")
            daemon.terminate()
            daemon.wait(timeout=30)
            page.wait_for_selector("#absent:not([hidden])")
            page.screenshot(path=options.out / "daemon-gone.png")
            page.goto((PAGE / "index.html").as_uri())
            page.wait_for_selector("#absent:not([hidden])")
            checks.expect("kmmd" in page.inner_text("#absent"), "the page of a file explains itself")
            page.screenshot(path=options.out / "file.png")
        finally:
            browser.close()
            if daemon.poll() is None:
                daemon.kill()
    print(f"{len(checks.faults)} faults; pictures in {options.out}")
    return 1 if checks.faults else 0


if __name__ == "__main__":
    sys.exit(main())
