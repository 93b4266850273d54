# SPDX-License-Identifier: LGPL-3.0-or-later
"""``./dev translate``: export the terms, merge them into the Chinese file, list what lacks."""

import json
import subprocess

from .databases import workbench
from .settings import LOGS, ROOT, our_modules
from .ui import run, say, step
from .venv import environment

LANGUAGE = "zh_CN"

# Runs in the environment that has polib; reads and writes only files of ours.
MERGE = """
import json, sys
from pathlib import Path
import polib

template_path, translation_path, language = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
template = polib.pofile(str(template_path), wrapwidth=78)
for name in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team"):
    template.metadata.pop(name, None)
template.save()
if translation_path.exists():
    translation = polib.pofile(str(translation_path), wrapwidth=78)
else:
    translation = polib.POFile(wrapwidth=78)
translation.metadata = dict(template.metadata, Language=language)
translation.merge(template)
for entry in translation.obsolete_entries():
    translation.remove(entry)
translation.sort(key=lambda entry: entry.msgid)
translation.save(str(translation_path))
lacking = [entry.msgid for entry in translation if not entry.translated()]
print(json.dumps({"terms": len(translation), "lacking": lacking}))
"""


def translate(options):
    """Export and merge; with ``--check`` terms without a translation fail the command."""
    bench = workbench()
    database = bench.installed()
    config = bench.config("translate")
    modules = our_modules()
    for module in modules:
        (ROOT / module / "i18n").mkdir(exist_ok=True)
    with step("export the terms"):
        options_of_odoo = ["-c", config, "-d", database, "-l", "pot"]
        command = bench.odoo("i18n", "export", *modules, *options_of_odoo)
        run(command, log=LOGS / "translate.log", env=environment())
    missing = 0
    for module in modules:
        result = _merge(bench, module)
        missing += len(result["lacking"])
        say(f"  {module}: {result['terms']} terms, {len(result['lacking'])} without {LANGUAGE}")
        for term in result["lacking"]:
            say(f"    {term!r}")
    return int(bool(missing) and options.check)


def _merge(bench, module):
    folder = ROOT / module / "i18n"
    done = subprocess.run(
        [
            bench.venv.python,
            "-c",
            MERGE,
            folder / f"{module}.pot",
            folder / f"{LANGUAGE}.po",
            LANGUAGE,
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)
