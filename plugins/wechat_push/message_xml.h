#pragma once

#include <string>
#include <string_view>

#include "lianqiao/adapter.h"

namespace lianqiao::wechat_push {

/// A push in XML as a JSON object: the children of <xml> are its members, leaves are texts,
/// elements of equal name a list. Fails with decode.xml (the detail names line and what was found),
/// on document types and entities of their own, and beyond 16 levels or 1,000 elements.
Result<std::string> jsonOfXml(std::string_view xml);

}  // namespace lianqiao::wechat_push
