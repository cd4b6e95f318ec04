"""Every test of the training room, on sound made of formulas: no data set, no download, no GPU.

    /usr/bin/python3 training/smoke.py

One line per test, then `N passed, N failed`; exit code 0 when none failed. Needs NumPy and PyTorch (Debian: python3-torch).
"""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent / "tests"


class Lines(unittest.TestResult):
    """`ok`, `FAILED` or `skipped`, the test's name, and what went wrong."""

    passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's name)
        self.passed += 1
        print(f"ok {test.id()}", flush=True)

    def addFailure(self, test: unittest.TestCase, err: object) -> None:  # noqa: N802
        super().addFailure(test, err)
        print(f"FAILED {test.id()}\n{self.failures[-1][1]}", flush=True)

    def addError(self, test: unittest.TestCase, err: object) -> None:  # noqa: N802
        super().addError(test, err)
        print(f"FAILED {test.id()}\n{self.errors[-1][1]}", flush=True)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: object) -> None:  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            print(f"FAILED {subtest.id()}\n{(self.failures + self.errors)[-1][1]}", flush=True)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        super().addSkip(test, reason)
        print(f"skipped {test.id()}: {reason}", flush=True)


def main() -> int:
    try:
        import torch
    except ImportError:
        print("PyTorch is not there. On Debian: apt-get install -y python3-torch libopenblas0-pthread", flush=True)
        return 2
    torch.set_num_threads(1)  # Tiny networks: a second thread only waits.
    sys.path.insert(0, str(TESTS))
    from train import keep_freed_memory

    keep_freed_memory()
    result = Lines()
    unittest.TestLoader().discover(str(TESTS), top_level_dir=str(TESTS)).run(result)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed", flush=True)
    return 1 if failed or not result.passed else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.exit(main())
