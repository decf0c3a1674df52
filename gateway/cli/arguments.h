#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/result.h"

namespace lianqiao::cli {

/// A command line: words, and options `--name value` or `--name=value`; flags have no value.
struct Arguments {
  std::vector<std::string> words;
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  /// Last value of an option, or `fallback`.
  [[nodiscard]] std::string get(std::string_view name, std::string_view fallback = {}) const;
  [[nodiscard]] bool has(std::string_view name) const { return options.contains(name); }
  /// A whole number ≥ 0 of an option.
  [[nodiscard]] Result<std::size_t> number(std::string_view name, std::size_t fallback) const;
  /// Whether `--format` is json; text unless told. Another word is an Error.
  [[nodiscard]] Result<bool> wantsJson() const;
};

/// `valued` and `flags` are all that the command knows; another option is an Error with
/// did-you-mean.
Result<Arguments> parseArguments(int count, const char* const* texts,
                                 const std::vector<std::string_view>& valued,
                                 const std::vector<std::string_view>& flags);

/// The same of a command that takes no words: the first one is an Error that ends with `hint`.
Result<Arguments> parseOptions(int count, const char* const* texts,
                               const std::vector<std::string_view>& valued,
                               const std::vector<std::string_view>& flags, std::string_view hint);

}  // namespace lianqiao::cli
