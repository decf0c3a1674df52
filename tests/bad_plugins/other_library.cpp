// Built with another release of libstdc++.
#include "plain_sink.h"

namespace {
constexpr lianqiao::Descriptor kDescriptor = bad::describe("other_library");

constexpr lianqiao::AbiTag otherLibrary() {
  lianqiao::AbiTag tag = lianqiao::makeAbiTag("other_library");
  tag.libraryRelease = 9;
  return tag;
}
}  // namespace

extern "C" {
__attribute__((visibility("default"))) extern const lianqiao::AbiTag lianqiao_abi;
const lianqiao::AbiTag lianqiao_abi = otherLibrary();
__attribute__((visibility("default"))) const lianqiao::Descriptor* lianqiao_descriptor() {
  return &kDescriptor;
}
}
