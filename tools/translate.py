# SPDX-License-Identifier: LGPL-3.0-or-later
"""``./dev translate``: export the terms, merge them into the files of the languages, list what lacks.

Chinese has every term; the other languages have those that customers read.
"""

import json
import re
import subprocess
from xml.etree import ElementTree

from .databases import workbench
from .settings import LOGS, ROOT, our_modules
from .ui import run, say, step
from .venv import environment

LANGUAGE = "zh_CN"

# Customers read these languages too; people who work with the add-ons do not need them. Files with
# the short code serve every country's variant.
CUSTOMER_LANGUAGES = ("de", "es", "fr", "it", "ja", "pt")

# Where the words for customers stand: code files, views that hold pages for customers, records.
CUSTOMER_CODE = (
    "controllers/*.py",
    "models/label_account_slip.py",
    "models/portal_items.py",
    "models/return_label_portal.py",
    "models/return_parcel.py",
    "models/return_portal.py",
    "models/return_preview.py",
)
CUSTOMER_VIEWS = (
    "views/portal_templates.xml",
    "views/public_templates.xml",
    "views/return_label_templates.xml",
    "views/return_request_templates.xml",
    "views/return_status_parcel_templates.xml",
    "views/return_status_templates.xml",
    "views/withdrawal_report.xml",
    "views/withdrawal_templates.xml",
)
CUSTOMER_RECORDS = (
    r"model:helloword\.return\.reason,portal_name:.*",
    r"model:ir\.model\.fields\.selection,name:.*\.selection__helloword_return_offer__kind__.*",
    r"model:ir\.model\.fields\.selection,name:.*\.selection__helloword_return__state__.*",
    r"model(_terms)?:mail\.template,(subject|body_html):.*",
)

# Runs in the environment that has polib; reads and writes only files of ours.
MERGE = """
import json, re, sys
from pathlib import Path
import polib

order = json.loads(sys.argv[1])
template = polib.pofile(order["template"], wrapwidth=78)
for name in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team"):
    template.metadata.pop(name, None)
if order["save_template"]:
    template.save()
wanted = [re.compile(pattern) for pattern in order["only"]]
if wanted:
    others = [
        entry
        for entry in template
        if not any(p.fullmatch(source) for source, _line in entry.occurrences for p in wanted)
    ]
    for entry in others:
        template.remove(entry)
path = Path(order["translation"])
translation = polib.pofile(str(path), wrapwidth=78) if path.exists() else polib.POFile(wrapwidth=78)
translation.metadata = dict(template.metadata, Language=order["language"])
translation.merge(template)
for entry in translation.obsolete_entries():
    translation.remove(entry)
translation.sort(key=lambda entry: entry.msgid)
if len(translation):
    translation.save(str(path))
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
        for language in (LANGUAGE, *CUSTOMER_LANGUAGES):
            result = _merge(bench, module, language)
            missing += len(result["lacking"])
            say(f"  {module}: {result['terms']} terms, {len(result['lacking'])} without {language}")
            for term in result["lacking"]:
                say(f"    {term!r}")
    return int(bool(missing) and options.check)


def _merge(bench, module, language):
    folder = ROOT / module / "i18n"
    order = {
        "template": str(folder / f"{module}.pot"),
        "translation": str(folder / f"{language}.po"),
        "language": language,
        "save_template": language == LANGUAGE,
        "only": [] if language == LANGUAGE else _get_customer_sources(module),
    }
    done = subprocess.run(
        [bench.venv.python, "-c", MERGE, json.dumps(order)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


def _get_customer_sources(module):
    """Patterns for the places of the words that customers read, as the export names them.

    :param str module: name of an add-on
    :return: list of regular expressions
    """
    folder = ROOT / module
    code = [path for pattern in CUSTOMER_CODE for path in sorted(folder.glob(pattern))]
    sources = [re.escape(f"code:addons/{module}/{path.relative_to(folder)}") for path in code]
    for name in CUSTOMER_VIEWS:
        if (folder / name).exists():
            views = ElementTree.parse(folder / name).iter("template")
            sources += [
                re.escape(f"model_terms:ir.ui.view,arch_db:{module}.{view.get('id')}")
                for view in views
            ]
    return [*sources, *CUSTOMER_RECORDS]
