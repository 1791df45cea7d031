from . import test_promise_credit
