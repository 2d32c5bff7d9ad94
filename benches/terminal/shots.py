#!/usr/bin/env python3
"""Pictures of what a terminal shows, light and dark, to be looked at: ten screens of the quickstart's world.

Needs a build of rdpctl and Debian's Chromium: RDPCTL=target/debug/rdpctl python3 benches/terminal/shots.py FOLDER
"""

import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

RDPCTL = str(pathlib.Path(os.environ.get("RDPCTL", "target/debug/rdpctl")).resolve())
TO = pathlib.Path(sys.argv[1]).resolve()
QUICKSTART = pathlib.Path(__file__).resolve().parents[2] / "examples/quickstart"
# The sixteen colours of a common theme: of names by number, what is drawn on light and on dark.
LIGHT = {"": "#1c1c1c", "31": "#b3261e", "32": "#1b7f3b", "33": "#8a6100", "35": "#8b3a9e", "36": "#0b7285"}
DARK = {"": "#e6e6e6", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "35": "#d2a8ff", "36": "#76e3ea"}

SCREENS = [
    ("plan", 80, "plan --sim world.toml", ""),
    ("plan-wide", 120, "plan --sim world.toml", ""),
    ("question", 80, "apply -q --sim world.toml", "d\nq\n"),
    ("drift", 80, "drift --sim world.toml", ""),
    ("doctor", 80, "doctor web-01 --sim world.toml", ""),
    ("doctor-ko", 80, "doctor --lang ko web-01 --sim world.toml", ""),
    ("error", 80, "plan --sim world.toml --target web-1", ""),
    ("apply", 80, "apply --auto-approve --allow spend,reboot --sim world.toml", ""),
    ("show", 80, "show web-01", ""),
    ("history", 100, "state history", ""),
]


def seen(folder, columns, command, answers):
    """What a terminal of that width is sent; what is redrawn is left as it was drawn last."""
    variables = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "COLUMNS": str(columns), "USER": "kim", "TZ": "Asia/Seoul", "LANG": "C.UTF-8"}
    shown = subprocess.run(
        ["script", "--quiet", "--return", "--command", f"{RDPCTL} {command} --color always", "/dev/null"],
        cwd=folder, env=variables, input=answers.encode(), stdout=subprocess.PIPE, check=False)
    lines = []
    for piece in re.split(r"(\n|\x1b\[\d+A|\x1b\[J)", shown.stdout.decode().replace("\r", "")):
        if up := re.fullmatch(r"\x1b\[(\d+)A", piece):
            del lines[-int(up[1]) :]
        elif piece not in ("\n", "\x1b[J", ""):
            lines.append(piece.replace("\x1b[K", ""))
        elif piece == "\n" and (not lines or lines[-1].endswith("\n")):
            lines.append("\n")
        elif piece == "\n":
            lines[-1] += "\n"
    return "".join(lines)


def drawn(text, colours):
    said, on = [], {"colour": "", "bold": False, "dim": False}
    for piece in re.split(r"(\x1b\[[\d;]*m|\x1b\]8;;.*?(?:\x1b\\|\x07))", text):
        if code := re.fullmatch(r"\x1b\[([\d;]*)m", piece):
            for one in (code[1] or "0").split(";"):
                if one in ("", "0"):
                    on = {"colour": "", "bold": False, "dim": False}
                elif one == "1":
                    on["bold"] = True
                elif one == "2":
                    on["dim"] = True
                elif one in colours:
                    on["colour"] = one
        elif not piece.startswith("\x1b"):
            style = f"color:{colours[on['colour']]};" + ("font-weight:bold;" if on["bold"] else "") + ("opacity:.6;" if on["dim"] else "")
            said.append(f'<span style="{style}">{html.escape(piece)}</span>')
    return "".join(said)


def shoot(name, columns, text, theme, colours, ground):
    page = TO / f"{name}-{theme}.html"
    page.write_text(
        f'<meta charset="utf-8"><body style="margin:16px;background:{ground}">'
        f'<pre style="font:14px/1.35 \'DejaVu Sans Mono\',\'Noto Sans Mono CJK KR\',monospace">{drawn(text, colours)}</pre>')
    height = 60 + 20 * (text.count("\n") + 1)
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={columns * 9 + 40},{height}",
         f"--screenshot={TO / f'{name}-{theme}.png'}", page.as_uri()],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    page.unlink()


TO.mkdir(parents=True, exist_ok=True)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    for file in ("rdp.toml", "world.toml"):
        shutil.copy(QUICKSTART / file, folder)
    for screen, columns, command, answers in SCREENS:
        text = seen(folder, columns, command, answers)
        for theme, colours, ground in (("light", LIGHT, "#ffffff"), ("dark", DARK, "#0d1117")):
            shoot(screen, columns, text, theme, colours, ground)
