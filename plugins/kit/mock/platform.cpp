#include "kit/mock/platform.h"

#include <algorithm>

namespace lianqiao::kit {

HttpResponse textAnswer(int status, std::string_view text) {
  HttpResponse answer;
  answer.status = status;
  answer.body = text;
  return answer;
}

HttpResponse jsonAnswer(int status, std::string body) {
  HttpResponse answer;
  answer.status = status;
  answer.headers.add("Content-Type", "application/json; charset=utf-8");
  answer.body = std::move(body);
  return answer;
}

std::string jsonText(std::string_view text) {
  std::string out;
  json::writeText(text, out);
  return out;
}

std::string objectOf(std::span<const Placed> placed) {
  const auto nameOf = [](const Placed& one) { return one.path.substr(0, one.path.find('.')); };
  std::string out = "{";
  std::vector<std::string_view> written;
  for (const Placed& one : placed) {
    const std::string_view name = nameOf(one);
    if (std::find(written.begin(), written.end(), name) != written.end()) continue;
    if (!written.empty()) out += ',';
    written.push_back(name);
    out += jsonText(name) + ':';
    if (one.path.size() == name.size()) {
      out += one.json;
      continue;
    }
    std::vector<Placed> below;
    for (const Placed& other : placed) {
      if (nameOf(other) != name || other.path.size() == name.size()) continue;
      below.push_back({other.path.substr(name.size() + 1), other.json});
    }
    out += objectOf(below);
  }
  return out + '}';
}

bool bearsToken(const HttpRequest& request, const Secret& token) {
  return token.empty() || request.headers.get("Authorization") == "Bearer " + token.reveal();
}

std::vector<std::string_view> keysOf(std::string_view header, std::size_t count) {
  std::vector<std::string_view> keys;
  while (keys.size() < count) {
    const std::size_t comma = std::min(header.find(','), header.size());
    keys.push_back(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
  }
  return keys;
}

bool pushRecord(MockWorld& world, std::string record) {
  HttpCall call;
  call.url = std::string(world.gatewayUrl()) + "/records";
  call.headers.add("Content-Type", "application/json");
  call.body = std::move(record);
  return world.sendUntilTaken(call);
}

}  // namespace lianqiao::kit
