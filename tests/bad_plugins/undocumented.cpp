#include "plain_sink.h"

namespace {

using lianqiao::FieldKind;

constexpr lianqiao::FieldSpec kSettings[] = {
    {.name = "address", .kind = FieldKind::url, .doc = "Where to.", .docZh = ""},
    {.name = "timeout",
     .kind = FieldKind::duration,
     .doc = "",
     .docZh = "超时。",
     .fallback = "soon",
     .least = "1s",
     .most = "1h"},
    {.name = "format", .kind = FieldKind::choice, .doc = "Which form.", .docZh = "格式。"},
};

constexpr lianqiao::Descriptor describe() {
  lianqiao::Descriptor descriptor = bad::describe("undocumented");
  descriptor.settings = kSettings;
  return descriptor;
}

constexpr lianqiao::Descriptor kDescriptor = describe();

}  // namespace

LIANQIAO_ADAPTER("undocumented", kDescriptor)
