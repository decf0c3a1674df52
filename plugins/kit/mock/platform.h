#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/adapter.h"

/// What mock platforms that speak JSON over HTTP say and do alike.
namespace lianqiao::kit {

HttpResponse textAnswer(int status, std::string_view text);
HttpResponse jsonAnswer(int status, std::string body);

std::string jsonText(std::string_view text);

/// A value and the dotted path at which an answer holds it.
struct Placed {
  std::string_view path;
  std::string json;
};

/// One JSON object of all; paths that begin alike share their members, because a name may stand
/// only once. Of two values for one path the first stands.
std::string objectOf(std::span<const Placed> placed);

/// Whether the request bears `token` as Authorization: Bearer; an empty one is not asked for.
bool bearsToken(const HttpRequest& request, const Secret& token);

/// The keys of one header field, separated by commas; `count` of them, the missing ones empty.
std::vector<std::string_view> keysOf(std::string_view header, std::size_t count);

/// Sends `record` to the gateway in the standard form until it is taken. False once the mock is to
/// stop.
bool pushRecord(MockWorld& world, std::string record);

}  // namespace lianqiao::kit
