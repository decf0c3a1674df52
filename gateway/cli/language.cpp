#include "cli/language.h"

#include <cstdlib>
#include <string_view>

namespace lianqiao::cli {

plugin::Language operatorLanguage() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("zh") ? plugin::Language::chinese
                                                     : plugin::Language::english;
  }
  return plugin::Language::english;
}

}  // namespace lianqiao::cli
