// Built for the next SDK ABI. Its static initialiser leaves a mark, so that the test can tell
// whether any of its code ran.
#include <cstdlib>

#include "plain_sink.h"

namespace {
constexpr lianqiao::Descriptor kDescriptor = bad::describe("other_abi");

struct RunsOnLoad {
  RunsOnLoad() { setenv("LIANQIAO_BAD_PLUGIN_RAN", "1", 1); }
} runs_on_load;

constexpr lianqiao::AbiTag nextAbi() {
  lianqiao::AbiTag tag = lianqiao::makeAbiTag("other_abi");
  tag.sdkAbi = lianqiao::kSdkAbi + 1;
  return tag;
}
}  // namespace

extern "C" {
__attribute__((visibility("default"))) extern const lianqiao::AbiTag lianqiao_abi;
const lianqiao::AbiTag lianqiao_abi = nextAbi();
__attribute__((visibility("default"))) const lianqiao::Descriptor* lianqiao_descriptor() {
  return &kDescriptor;
}
}
