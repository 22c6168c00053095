# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the unittest cases of the main script and prints TAP: one line for each, its docstring as the name.

Arguments of the script, if any, are parts of the names of the tests to run.
"""

import faulthandler
import gc
import os
import sys
import traceback
import unittest

LIMIT = 60         # seconds for one case; then the stacks are printed and the program ends


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.problems = []
        self.reason = None

    def startTest(self, test):
        super().startTest(test)
        self.problems = []
        self.reason = None
        faulthandler.dump_traceback_later(LIMIT, exit=True)

    def addError(self, test, err):
        self.problems.append(''.join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(test, err)
            self.problems[-1] = f'{subtest}\n{self.problems[-1]}'

    def addSkip(self, test, reason):
        self.reason = reason

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        # What a test has left in cycles goes now, so that trouble with it is trouble of that test.
        gc.collect()
        skip = f' # SKIP {self.reason}' if self.reason and not self.problems else ''
        print(f"{'not ok' if self.problems else 'ok'} {self.testsRun} - {test.shortDescription() or test.id()}{skip}")
        for problem in self.problems:
            print('\n'.join(f'# {line}' for line in problem.splitlines()))
        sys.stdout.flush()
        self.failures += [(test, problem) for problem in self.problems]


def cases(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases(test)
        elif not sys.argv[1:] or any(part in test.id() for part in sys.argv[1:]):
            yield test


def main():
    # What a QEMU prints is no TAP.
    sys.stdout = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    tests = list(cases(unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])))
    print(f'1..{len(tests)}', flush=True)
    result = TapResult()
    # Through a suite, for the sake of setUpClass and tearDownClass.
    unittest.TestSuite(tests).run(result)
    sys.exit(bool(result.failures))
