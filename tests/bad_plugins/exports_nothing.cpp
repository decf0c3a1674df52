#include "plain_sink.h"

const lianqiao::Descriptor* neverExported();
const lianqiao::Descriptor* neverExported() {
  static constexpr lianqiao::Descriptor kDescriptor = bad::describe("exports_nothing");
  return &kDescriptor;
}
