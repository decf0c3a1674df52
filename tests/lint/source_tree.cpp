#include "lint/source_tree.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lianqiao::lint {

namespace {

bool isForeign(const std::filesystem::path& path) {
  return path.filename() == "node_modules" || path.filename() == "build";
}

}  // namespace

std::vector<SourceFile> sourcesBelow(const std::vector<std::string_view>& folders,
                                     const std::vector<std::string_view>& endings) {
  const std::filesystem::path root = LIANQIAO_SOURCE_DIR;
  std::vector<SourceFile> sources;
  for (const std::string_view folder : folders) {
    std::filesystem::recursive_directory_iterator entry(root / folder);
    for (; entry != std::filesystem::recursive_directory_iterator(); ++entry) {
      if (entry->is_directory() && isForeign(entry->path())) entry.disable_recursion_pending();
      const std::string ending = entry->path().extension().string();
      const bool asked = std::find(endings.begin(), endings.end(), ending) != endings.end();
      if (!entry->is_regular_file() || !asked) continue;
      std::ifstream in(entry->path(), std::ios::binary);
      sources.push_back({entry->path().lexically_relative(root).generic_string(),
                         {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return sources;
}

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string withoutComments(std::string_view text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
      at += std::min(rest.find('\n'), rest.size());
    } else if (rest.starts_with("/*")) {
      const std::string_view comment = rest.substr(0, rest.find("*/", 2));
      kept.append(static_cast<std::size_t>(std::count(comment.begin(), comment.end(), '\n')), '\n');
      at += std::min(comment.size() + 2, rest.size());
    } else if (rest.starts_with("R\"(")) {
      const std::size_t end = std::min(rest.find(")\""), rest.size() - 2) + 2;
      kept += rest.substr(0, end);
      at += end;
    } else if (rest.front() == '"' ||
               (rest.front() == '\'' &&
                !(at > 0 && std::isxdigit(static_cast<unsigned char>(text[at - 1]))))) {
      std::size_t end = 1;
      while (end < rest.size() && rest[end] != rest.front() && rest[end] != '\n') {
        end += rest[end] == '\\' ? 2U : 1U;
      }
      end = std::min(end + 1, rest.size());
      kept += rest.substr(0, end);
      at += end;
    } else {
      kept += rest.front();
      ++at;
    }
  }
  return kept;
}

Ran run(const std::string& command) {
  std::FILE* output = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  Ran ran;
  std::array<char, 4096> some{};
  while (const std::size_t read = std::fread(some.data(), 1, some.size(), output))
    ran.said.append(some.data(), read);
  ran.status = ::pclose(output);
  return ran;
}

}  // namespace lianqiao::lint
