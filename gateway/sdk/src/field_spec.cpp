#include "lianqiao/field_spec.h"

#include <cstdio>
#include <cstdlib>

namespace lianqiao {
namespace {

template <typename T>
constexpr std::string_view kKindName = "";
template <>
constexpr std::string_view kKindName<std::string> = "text";
template <>
constexpr std::string_view kKindName<Secret> = "secret";
template <>
constexpr std::string_view kKindName<std::int64_t> = "integer";
template <>
constexpr std::string_view kKindName<bool> = "boolean";
template <>
constexpr std::string_view kKindName<std::chrono::milliseconds> = "duration";
template <>
constexpr std::string_view kKindName<std::vector<std::string>> = "list";

[[noreturn]] void abortBecause(std::string_view name, std::string_view what) {
  std::fprintf(
      stderr, "lianqiao: setting '%.*s' %.*s; correct the adapter's FieldSpecs or its use\n",
      static_cast<int>(name.size()), name.data(), static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace

template <typename T>
const T& Settings::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Secret> ||
                  std::is_same_v<T, std::vector<std::string>>) {
      static const T kEmpty{};
      if (described_.contains(name)) return kEmpty;
    }
    abortBecause(name, "was asked for but is neither given nor has a fallback");
  }
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    const auto kind = std::visit(
        [](const auto& held) { return kKindName<std::decay_t<decltype(held)>>; }, found->second);
    abortBecause(name, "was asked for as " + std::string(kKindName<T>) + " but is of kind " +
                           std::string(kind));
  }
  return *value;
}

const std::string& Settings::text(std::string_view name) const { return at<std::string>(name); }
const Secret& Settings::secret(std::string_view name) const { return at<Secret>(name); }
std::int64_t Settings::integer(std::string_view name) const { return at<std::int64_t>(name); }
bool Settings::boolean(std::string_view name) const { return at<bool>(name); }
std::chrono::milliseconds Settings::duration(std::string_view name) const {
  return at<std::chrono::milliseconds>(name);
}
const std::vector<std::string>& Settings::list(std::string_view name) const {
  return at<std::vector<std::string>>(name);
}

}  // namespace lianqiao
