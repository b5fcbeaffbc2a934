"""Networks for the tests, and what they do in NumPy."""

import numpy as np

R, N = 3, 12


def random_net(seed, r=R, n=N):
    rng = np.random.default_rng(seed)
    return dict(
        kind="shPLRNN",
        A=rng.uniform(0.3, 0.9, r),
        W1=rng.normal(size=(r, n)),
        W2=rng.normal(size=(n, r)),
        h1=rng.normal(size=r),
        h2=rng.normal(size=n),
    )


NET = random_net(7)

LONG = random_net(1, 4, 200)
"""Takes some minutes by the regions method, so that it can be interrupted."""


def step(net, z):
    return net["A"] * z + net["W1"] @ np.maximum(net["W2"] @ z + net["h2"], 0) + net["h1"]


def jacobian(net, z):
    return np.diag(net["A"]) + net["W1"] @ ((net["W2"] @ z + net["h2"] > 0)[:, None] * net["W2"])
