#include "plain_sink.h"

namespace {
constexpr lianqiao::Descriptor kDescriptor = bad::describe("good");
}

LIANQIAO_ADAPTER("good", kDescriptor)
