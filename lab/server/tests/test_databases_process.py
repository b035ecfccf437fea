"""Nothing of a lab outlives it, however it ends."""

import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from tests.databases_case import PASSWORD, DatabaseTest, servers_under, wait_until
from trackera_lab.databases.remains import works_in


class Death(DatabaseTest):
    def test_a_killed_lab_leaves_no_server_and_the_next_one_clears_up(self):
        self.create()
        directory = str(pathlib.Path(self.certificates()).parent / "databases")
        self.assertNotEqual(servers_under(directory), [])
        self.lab._process.send_signal(signal.SIGKILL)
        self.lab._process.wait()
        wait_until(lambda: not servers_under(directory), "no server is left")
        self.assertTrue(list(pathlib.Path(directory).glob("clusters/*/*")))
        home = str(pathlib.Path(directory).parent)
        subprocess.run(
            [sys.executable, "-m", "trackera_lab", "--clean", "--home", home],
            check=True,
            timeout=60,
            cwd=pathlib.Path(__file__).parent.parent,
        )
        self.assertEqual([str(path) for path in pathlib.Path(directory).rglob("*")][:9], [])

    def tearDown(self):
        type(self).lab = type(self.lab)()
        type(self).addClassCleanup(type(self).lab.stop)


class Remains(unittest.TestCase):
    def test_a_process_that_works_elsewhere_is_not_taken_for_a_server(self):
        with tempfile.TemporaryDirectory() as directory, subprocess.Popen(["sleep", "30"], cwd="/") as process:
            self.assertFalse(works_in(process.pid, pathlib.Path(directory)))
            self.assertTrue(works_in(process.pid, pathlib.Path("/")))
            process.kill()

    def test_the_password_of_the_tests_would_break_careless_quoting(self):
        self.assertTrue({"'", '"', "\\", "$"} <= set(PASSWORD))
