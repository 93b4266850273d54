# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `./dev` is made of; one concern a file, Python standard library only."""
