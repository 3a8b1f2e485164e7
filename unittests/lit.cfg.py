# The GoogleTests as a lit suite: the executables that lowbit_add_unittest made.

import os

import lit.formats

# Environment, features and time limits are those of the lit suite.
lit_config.load_config(config, os.path.join(config.lowbit_source_dir, "test", "lit.cfg.py"))

config.name = "LowbitUnit"
# By exact name: the stale executable of a renamed test is not run.
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.test_format.test_suffixes = set(config.lowbit_unittests)
config.suffixes = []
config.excludes = ["CMakeFiles"]
config.test_exec_root = os.path.join(config.lowbit_binary_dir, "unittests")
config.test_source_root = config.test_exec_root
config.environment["LOWBIT_SOURCE_DIR"] = config.lowbit_source_dir
if "slow" in config.available_features:
    config.environment["LOWBIT_SLOW_TESTS"] = "1"
