#include "cli/arguments.h"

#include <algorithm>
#include <charconv>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::cli {

std::string Arguments::get(std::string_view name, std::string_view fallback) const {
  const auto found = options.find(name);
  return found == options.end() || found->second.empty() ? std::string(fallback)
                                                         : found->second.back();
}

Result<std::size_t> Arguments::number(std::string_view name, std::size_t fallback) const {
  if (!has(name)) return fallback;
  const std::string text = get(name);
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return Error{codes::kConfig,
                 "--" + std::string(name) + " takes a whole number, not \"" + text + "\"."};
  }
  return number;
}

Result<bool> Arguments::wantsJson() const {
  const std::string format = get("format", "text");
  if (format == "text" || format == "json") return format == "json";
  return Error{codes::kConfig, "--format is text or json, not \"" + format + "\"."};
}

Result<Arguments> parseArguments(int count, const char* const* texts,
                                 const std::vector<std::string_view>& valued,
                                 const std::vector<std::string_view>& flags) {
  Arguments arguments;
  const auto knows = [](const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (int i = 0; i < count; ++i) {
    std::string_view text = texts[i];
    if (!text.starts_with("--") || text.size() < 3) {
      arguments.words.emplace_back(text);
      continue;
    }
    text.remove_prefix(2);
    const std::size_t equals = text.find('=');
    const std::string name(text.substr(0, equals));
    if (knows(flags, name)) {
      if (equals != std::string_view::npos)
        return Error{codes::kConfig, "--" + name + " takes no value."};
      arguments.options[name];
    } else if (knows(valued, name)) {
      if (equals != std::string_view::npos) {
        arguments.options[name].emplace_back(text.substr(equals + 1));
      } else if (i + 1 < count && !std::string_view(texts[i + 1]).starts_with("--")) {
        arguments.options[name].emplace_back(texts[++i]);
      } else {
        return Error{codes::kConfig, "--" + name + " needs a value."};
      }
    } else {
      std::vector<std::string_view> all = valued;
      all.insert(all.end(), flags.begin(), flags.end());
      const std::string_view near = closest(name, all);
      std::string message = "There is no option --" + name + ".";
      if (!near.empty()) message += " Did you mean --" + std::string(near) + "?";
      return Error{codes::kConfig, std::move(message)};
    }
  }
  return arguments;
}

Result<Arguments> parseOptions(int count, const char* const* texts,
                               const std::vector<std::string_view>& valued,
                               const std::vector<std::string_view>& flags, std::string_view hint) {
  auto arguments = parseArguments(count, texts, valued, flags);
  if (!arguments || arguments->words.empty()) return arguments;
  return Error{codes::kConfig,
               "\"" + arguments->words.front() + "\" is one word too many. " + std::string(hint)};
}

}  // namespace lianqiao::cli
