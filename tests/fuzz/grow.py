#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds to a corpus what a run has found, as far as it reaches further: grow.py FUZZER CORPUS FOUND..."""

import pathlib
import shutil
import subprocess
import sys
import tempfile


def main(fuzzer, corpus, *found):
    corpus = pathlib.Path(corpus)
    before = {path.name for path in corpus.iterdir()}
    with tempfile.TemporaryDirectory() as folder:
        merged = pathlib.Path(folder, 'merged')
        shutil.copytree(corpus, merged)
        subprocess.run([fuzzer, '-set_cover_merge=1', '-use_counters=0', '-timeout=30', merged, *found], check=True)
        new = sorted((path for path in merged.iterdir() if path.name not in before),
                     key=lambda path: (path.stat().st_size, path.name))
        number = 0
        for path in new:
            while f'found-{number:03}' in before:
                number += 1
            shutil.copyfile(path, corpus / f'found-{number:03}')
            number += 1
    print(f'{len(new)} files are new in {corpus}')


if len(sys.argv) < 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
