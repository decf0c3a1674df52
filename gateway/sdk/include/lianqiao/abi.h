#pragma once

#include <cstdint>

#include "lianqiao/descriptor.h"

namespace lianqiao {

/// Raised whenever a header of this folder changes meaning or layout; a test hashes them.
inline constexpr std::uint32_t kSdkAbi = 3;

/// Read by the gateway before any code of the adapter runs. Layout frozen for ever.
struct AbiTag {
  char magic[8];                 ///< "LQADAPT" and a zero.
  std::uint32_t tagSize;         ///< sizeof(AbiTag).
  std::uint32_t sdkAbi;          ///< kSdkAbi it was built with.
  std::uint32_t libraryRelease;  ///< _GLIBCXX_RELEASE.
  std::uint32_t cxx11Abi;        ///< _GLIBCXX_USE_CXX11_ABI.
  std::uint32_t descriptorSize;  ///< sizeof(Descriptor).
  char name[36];                 ///< The adapter's name, zero-padded.
};

constexpr AbiTag makeAbiTag(const char* name) {
  AbiTag tag{{'L', 'Q', 'A', 'D', 'A', 'P', 'T', 0},
             sizeof(AbiTag),
             kSdkAbi,
             _GLIBCXX_RELEASE,
             _GLIBCXX_USE_CXX11_ABI,
             sizeof(Descriptor),
             {}};
  for (int i = 0; i < 35 && name[i] != 0; ++i) tag.name[i] = name[i];
  return tag;
}

}  // namespace lianqiao

/// The one macro: exports the tag and the descriptor, nothing else.
#define LIANQIAO_ADAPTER(name, descriptor)                                                     \
  extern "C" {                                                                                 \
  __attribute__((visibility("default"))) extern const ::lianqiao::AbiTag lianqiao_abi;         \
  const ::lianqiao::AbiTag lianqiao_abi = ::lianqiao::makeAbiTag(name);                        \
  __attribute__((visibility("default"))) const ::lianqiao::Descriptor* lianqiao_descriptor() { \
    return &(descriptor);                                                                      \
  }                                                                                            \
  }
