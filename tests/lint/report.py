# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks have in common: how they tell what they have found."""


def report(results):
    """Prints TAP of the problems by title; None instead of a list: it could not be looked for. Whether there are any."""
    print(f'1..{len(results)}')
    for number, (title, problems) in enumerate(results.items(), 1):
        skip = ' # SKIP a tool is missing' if problems is None else ''
        print(f"{'not ok' if problems else 'ok'} {number} - {title}{skip}")
        for line in '\n'.join(problems or ()).splitlines():
            print(f'# {line}')
    return any(results.values())
