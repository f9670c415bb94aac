"""archspec: a compiler and analyzer for neural-network architectures written as data."""
