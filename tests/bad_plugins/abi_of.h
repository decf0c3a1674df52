#pragma once

#include <cstdlib>

#include "plain_sink.h"

/// An adapter that is whole but for the SDK ABI in its tag. Its static initialiser leaves a mark,
/// so that the test can tell whether any of its code ran.
#define BAD_ADAPTER_OF_ABI(name, abi)                                                        \
  namespace {                                                                                \
  constexpr lianqiao::Descriptor kDescriptor = bad::describe(name);                          \
  struct RunsOnLoad {                                                                        \
    RunsOnLoad() { setenv("LIANQIAO_BAD_PLUGIN_RAN", "1", 1); }                              \
  } runs_on_load;                                                                            \
  constexpr lianqiao::AbiTag tagOfAbi() {                                                    \
    lianqiao::AbiTag tag = lianqiao::makeAbiTag(name);                                       \
    tag.sdkAbi = abi;                                                                        \
    return tag;                                                                              \
  }                                                                                          \
  }                                                                                          \
  extern "C" {                                                                               \
  __attribute__((visibility("default"))) extern const lianqiao::AbiTag lianqiao_abi;         \
  const lianqiao::AbiTag lianqiao_abi = tagOfAbi();                                          \
  __attribute__((visibility("default"))) const lianqiao::Descriptor* lianqiao_descriptor() { \
    return &kDescriptor;                                                                     \
  }                                                                                          \
  }
