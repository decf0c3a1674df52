#include "pipeline/withheld.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace lianqiao::pipeline {
namespace {

constexpr std::string_view kRest = "sourceFields";

}  // namespace

std::optional<json::Value> withoutWithheld(const json::Value& event, const record::TypeSchema& type,
                                           json::Document& memory) {
  const json::Value* const data = event.find("data");
  if (data == nullptr) return std::nullopt;
  std::vector<std::string_view> names;
  for (const record::Withheld& rule : type.withheld) {
    const json::Value* const flag = data->find(rule.flag);
    if (flag != nullptr && flag->boolean()) names.emplace_back(rule.member);
  }
  if (names.empty()) return std::nullopt;
  names.push_back(kRest);
  std::vector<json::Member> members;
  for (const json::Member& member : data->members())
    if (std::find(names.begin(), names.end(), member.name) == names.end())
      members.push_back(member);
  const json::Value left = memory.object(members);
  members.clear();
  for (const json::Member& member : event.members())
    members.push_back({member.name, &member.value == data ? left : member.value});
  return memory.object(members);
}

}  // namespace lianqiao::pipeline
