# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of Sphinx for the documentation site, which tools/docs_site.py puts together."""

from __future__ import annotations

import zlib
from pathlib import Path

project = "offsite.aiven"
copyright = "offsite.aiven contributors"
extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
html_theme = "sphinx_ansible_theme"
html_title = "offsite.aiven"
html_short_title = "offsite.aiven"
html_theme_options = {"display_version": False, "documentation_home_url": "index.html", "vcs_pageview_mode": ""}
html_show_sphinx = False
# Links to a heading of a page in Markdown, as they are written for the forge.
myst_heading_anchors = 4
highlight_options = {"yaml+jinja": {"stripnl": False}}

# The labels of Ansible's own documentation that the reference links to: known here, so that no build asks a server.
LABELS = {
    "action_plugins": "plugins/action.html#$",
    "ansible_collections.ansible.builtin.add_host_module": "collections/ansible/builtin/add_host_module.html#$",
    "ansible_configuration_settings": "reference_appendices/config.html#$",
    "common_return_values": "reference_appendices/common_return_values.html#$",
}
INVENTORY = Path(__file__).with_name("ansible.inv")
INVENTORY.write_bytes(
    b"# Sphinx inventory version 2\n# Project: ansible\n# Version: devel\n"
    b"# The remainder of this file is compressed using zlib.\n"
    + zlib.compress("".join(f"{name} std:label -1 {page} {name}\n" for name, page in LABELS.items()).encode())
)
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/devel/", str(INVENTORY))}
