"""What becomes of calls when the runtime, this process or a fork of it ends; and of many calls at once."""

import glob
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

import numpy as np

import stillpoint
from nets import LONG, NET, random_net
from stillpoint import RuntimeLost, RuntimeMissing, StillpointError, _api, _connection
from stillpoint import find_fixed_points, find_fixed_points_of_many

HERE = os.path.dirname(os.path.abspath(__file__))


def is_there(process):
    """Whether a process is there, if only as a zombie."""
    try:
        os.kill(process, 0)
        return True
    except ProcessLookupError:
        return False


def eventually(holds, seconds=30):
    ends = time.monotonic() + seconds
    while not holds() and time.monotonic() < ends:
        time.sleep(0.01)
    return holds()


class Progressed(threading.Event):
    """Set as soon as a run tells of progress."""

    def __call__(self, progress):
        self.set()


class Killed(unittest.TestCase):
    def setUp(self):
        find_fixed_points(NET)
        self.process = _connection.connect().process_id

    def lost(self, end, **options):
        """Ends the runtime in the middle of a call, which raises; and the next call is answered."""
        under_way = Progressed()
        caught = []

        def call():
            try:
                find_fixed_points(LONG, method="regions", on_progress=under_way, **options)
            except StillpointError as error:
                caught.append(error)

        caller = threading.Thread(target=call)
        caller.start()
        self.assertTrue(under_way.wait(60))
        end(self.process)
        caller.join(30)
        self.assertIsInstance(caught[0], RuntimeLost)
        self.assertFalse(is_there(self.process), "a zombie")
        points = find_fixed_points(NET)
        self.assertTrue(points.complete)
        self.assertNotEqual(_connection.connect().process_id, self.process)
        return caught[0]

    def test_killed_in_the_middle_of_a_call(self):
        self.assertIn("signal 9", str(self.lost(lambda process: os.kill(process, signal.SIGKILL))))

    def test_killed_between_calls(self):
        os.kill(self.process, signal.SIGKILL)
        self.assertTrue(eventually(lambda: not is_there(self.process)), "a zombie")
        self.assertTrue(find_fixed_points(NET).complete)

    def test_shut_down_in_the_middle_of_a_call(self):
        self.assertIn("was ended", str(self.lost(lambda _: stillpoint.shutdown())))

    def test_many_go_on_with_a_new_one(self):
        models = [random_net(seed, 1, 3) for seed in range(700)]
        outcomes = []
        for outcome in find_fixed_points_of_many(models):
            outcomes.append(outcome)
            if len(outcomes) == 5:
                os.kill(self.process, signal.SIGKILL)
        self.assertEqual(len(outcomes), 700)
        lost = [isinstance(outcome, RuntimeLost) for outcome in outcomes]
        self.assertEqual((lost[:5], lost[-1]), ([False] * 5, False))
        self.assertEqual(sum(a != b for a, b in zip(lost, lost[1:])), 2 if any(lost) else 0)
        self.assertEqual(outcomes[-1].name, "model[699]")

    def test_no_file_is_left(self):
        folder = tempfile.mkdtemp()
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            net = dict(kind="PLRNN", A=np.full(800, 0.5), W=np.ones((800, 800)) / 1e6, h=np.ones(800))
            # a runtime that dies when it has read the request, and before it has read the file that this names
            die = "os.kill(os.getpid(), signal.SIGKILL)"
            look = f"open({folder!r} + '/seen', 'w').write(str(len(glob.glob({folder!r} + '/*.npz'))))"
            hello = b'{"stillpoint":"x","protocol":1}\n'
            script = f"import glob, os, signal, sys; os.write(1, {hello!r}); sys.stdin.readline(); {look}; {die}"
            with self.assertRaises(RuntimeLost):
                find_fixed_points(net, command=[sys.executable, "-c", script])
            with open(folder + "/seen") as seen:
                self.assertEqual(seen.read(), "1")
            os.remove(folder + "/seen")
            self.assertEqual(os.listdir(folder), [])
            stillpoint.count(net)
            self.assertEqual(os.listdir(folder), [])
        finally:
            tempfile.tempdir = before
            os.rmdir(folder)


class Misbehaving(unittest.TestCase):
    """A program of one line of Python in the place of Stillpoint's."""

    HELLO = b'{"stillpoint":"x","protocol":1}\n'

    def program(self, answers, hello=HELLO, lines=1):
        """Answers when it has read so many lines."""
        read = f"[sys.stdin.readline() for _ in range({lines})]"
        line = f"import os, sys; os.write(1, {hello!r}); {read}; os.write(1, {answers!r})"
        return [sys.executable, "-c", line]

    def test_junk_and_silence_are_typed(self):
        for answers in (b"junk\n", b'{"id": 1, "resu', b"[]\n", b"5\n", b"{}\n", b"\xff\xfe\n", b"\n", b""):
            with self.assertRaises(RuntimeLost, msg=answers):
                find_fixed_points(NET, command=self.program(answers))
        for hello in (b"junk\n", b'{"protocol": 2}\n'):
            with self.assertRaises(RuntimeLost, msg=hello):
                find_fixed_points(NET, command=self.program(b"", hello))
        with unittest.mock.patch.object(_connection, "_SECONDS_TO_START", 0.1):
            with self.assertRaisesRegex(RuntimeLost, "said nothing"):
                find_fixed_points(NET, command=self.program(b"", b""))
        with self.assertRaisesRegex(RuntimeMissing, "can't start"):
            find_fixed_points(NET, command=["/no/such/program"])

    def test_what_it_said_last_is_told(self):
        said = [sys.executable, "-c", "import sys; sys.exit('out of luck')"]
        with self.assertRaisesRegex(RuntimeLost, "code 1; out of luck"):
            find_fixed_points(NET, command=said)

    def test_each_of_many_gets_its_outcome(self):
        one = json.dumps({"id": 1, "index": 0, "result": find_fixed_points(NET).result}).encode() + b"\n"
        for rest in (b"junk\n", b'{"id": 1, "ind', b""):
            # the request, five models, and their end
            outcomes = list(find_fixed_points_of_many([NET] * 5, command=self.program(one + rest, lines=7)))
            self.assertEqual([isinstance(o, RuntimeLost) for o in outcomes], [False] + [True] * 4)

    def test_a_program_that_always_dies_is_not_started_for_ever(self):
        def models():
            while True:
                yield NET

        with self.assertRaises(RuntimeLost):
            for outcome in find_fixed_points_of_many(models(), command=self.program(b"")):
                self.assertIsInstance(outcome, RuntimeLost)


    def test_nor_is_one_that_dies_before_it_hears_of_a_model(self):
        lost = RuntimeLost("it went away", "LOST")
        with unittest.mock.patch.object(_api._Sent, "__init__", side_effect=lost):
            outcomes = find_fixed_points_of_many(itertools.repeat(NET))
            self.assertIsInstance(next(outcomes), RuntimeLost)
            with self.assertRaises(RuntimeLost):
                next(outcomes)


class Together(unittest.TestCase):
    def test_calls_from_many_threads(self):
        nets = [random_net(seed, 2, 6) for seed in range(8)]
        expected = [find_fixed_points(net).z for net in nets]
        wrong = []

        def work(k):
            for _ in range(5):
                if not np.array_equal(find_fixed_points(nets[k]).z, expected[k]):
                    wrong.append(k)
            many = list(find_fixed_points_of_many(nets))
            if not all(np.array_equal(a.z, b) for a, b in zip(many, expected)):
                wrong.append(k)

        workers = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        self.assertEqual(wrong, [])

    def test_a_short_call_does_not_wait_for_a_long_one(self):
        under_way = Progressed()
        done = threading.Event()

        def call():
            try:
                find_fixed_points(LONG, method="regions", threads=1, on_progress=under_way)
            except RuntimeLost:
                done.set()

        threading.Thread(target=call).start()
        self.assertTrue(under_way.wait(60))
        self.assertTrue(find_fixed_points(NET).complete)
        self.assertFalse(done.is_set())
        stillpoint.shutdown()
        self.assertTrue(done.wait(30))

    @unittest.skipUnless(hasattr(signal, "pthread_kill"), "this system has no such signals")
    def test_ctrl_c_cancels_the_call_and_leaves_the_runtime(self):
        find_fixed_points(NET)
        process = _connection.connect().process_id
        under_way = Progressed()

        def interrupt():
            under_way.wait(60)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with self.assertRaises(KeyboardInterrupt):
            find_fixed_points(LONG, method="regions", threads=1, on_progress=under_way)
        self.assertTrue(find_fixed_points(NET).complete)
        self.assertEqual(_connection.connect().process_id, process)

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_a_fork_has_a_runtime_of_its_own(self):
        expected = find_fixed_points(NET).z
        process = _connection.connect().process_id
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                same = np.array_equal(find_fixed_points(NET).z, expected)
                other = _connection.connect().process_id
                stillpoint.shutdown()
                os.write(writer, json.dumps([same, other]).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as file:
            same, other = json.loads(file.read())
        os.waitpid(child, 0)
        self.assertTrue(same)
        self.assertNotEqual(other, process)
        self.assertEqual(_connection.connect().process_id, process)
        np.testing.assert_array_equal(find_fixed_points(NET).z, expected)

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_a_fork_that_outlives_its_parent_does_not_keep_the_runtime(self):
        script = (
            "import os, sys, time; from nets import NET; import stillpoint; from stillpoint import _connection\n"
            "stillpoint.find_fixed_points(NET)\n"
            "child = os.fork()\n"
            "if child == 0: time.sleep(600); os._exit(0)\n"
            "print(child, _connection.connect().process_id, flush=True)\n"
            "os._exit(0)\n"
        )
        child, runtime = self.ran(script)
        try:
            self.assertTrue(eventually(lambda: not is_there(runtime)), "the runtime lives on")
            self.assertTrue(is_there(child))
        finally:
            os.kill(child, signal.SIGKILL)

    def test_the_runtime_ends_with_its_client_however_that_ends(self):
        for end in ("sys.exit()", "os.kill(os.getpid(), 9)"):
            script = (
                "import os, sys, threading; from nets import NET, LONG; import stillpoint; from stillpoint import _connection\n"
                "go = threading.Event()\n"
                "run = lambda: stillpoint.find_fixed_points(LONG, method='regions', on_progress=lambda _: go.set())\n"
                "threading.Thread(target=run, daemon=True).start()\n"
                "go.wait(60)\n"
                f"print(_connection.connect().process_id, flush=True)\n{end}\n"
            )
            (runtime,) = self.ran(script)
            self.assertTrue(eventually(lambda: not is_there(runtime)), f"after {end} the runtime lives on")

    def ran(self, script):
        """The numbers that a script prints."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([HERE, *sys.path])}
        said = subprocess.Popen(
            [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        line = said.stdout.readline()
        said.stdout.close()
        said.wait()
        return [int(word) for word in line.split()]


if __name__ == "__main__":
    unittest.main()
