"""A page judged in a real browser by axe-core, at the width of a desk and of a telephone.

The page is a copy without its content-security policy (which rightly lets no script run), shown in a frame as wide as
the screen that is meant: Chromium makes no window narrower than 500 pixels.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path

WIDTHS = {"desk": 1280, "telephone": 390}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No profile, no updates and no calls home: the browser sees these files and nothing else.
_QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps --virtual-time-budget=120000 --dump-dom"
)
_ASK = """<script>axe.run(document, {resultTypes: ["violations"]}).then(
  found => parent.postMessage(JSON.stringify({
    violations: found.violations.map(
      v => `${v.id} (${v.impact}), ${v.nodes.length} times: ${v.nodes[0].html.slice(0, 120)}`),
    rules: found.passes.length, wide: document.documentElement.scrollWidth, screen: innerWidth}), "*"),
  failed => parent.postMessage(JSON.stringify({error: String(failed)}), "*"));</script>"""
_FRAME = """<!DOCTYPE html><title>judge</title><body style="margin:0"><script>addEventListener("message", event => {{
  const found = document.createElement("pre");
  found.id = "found"; found.textContent = event.data; document.body.append(found);
}});</script><iframe src="page.html" style="border:0;width:{width}px;height:900px"></iframe>"""


def browser() -> str | None:
    """The browser of this machine, if it has one."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def axe() -> Path | None:
    """The file of axe-core, in the package that carries it; the package itself is not loaded."""
    spec = importlib.util.find_spec("axe_playwright_python")
    file = Path(spec.origin).with_name("axe.min.js") if spec and spec.origin else None
    return file if file and file.is_file() else None


def judge(page: str, width: int) -> dict[str, object]:
    """What axe-core finds on a page at a width: its violations, how many rules held, how wide the page became."""
    script, program = axe(), browser()
    assert script is not None, "axe-core is not installed"
    assert program is not None, "no browser is installed"
    open_page, policies = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert policies == 1, "a page for a browser has one content-security policy"
    source = script.read_text(encoding="utf-8").replace("</script", "<\\/script")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(
            open_page.replace("</body>", f"<script>{source}</script>{_ASK}</body>"), encoding="utf-8"
        )
        frame = Path(folder) / "frame.html"
        frame.write_text(_FRAME.format(width=width), encoding="utf-8")
        command = [program, *_QUIET.split(), f"--user-data-dir={folder}/profile", frame.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert found, f"the browser gave no answer: {done.stderr[-400:]}"
    answer: dict[str, object] = json.loads(unescape(found[1]))
    assert "error" not in answer, answer["error"]
    return answer
