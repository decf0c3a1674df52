#include "config/secrets.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::config {
namespace {

constexpr std::string_view kRemedy = "write ${env:NAME} or ${file:path}";

bool isVariableName(std::string_view name) {
  const auto fits = [](char c) { return isLetter(c) || isDigit(c) || c == '_'; };
  return !name.empty() && (name[0] < '0' || name[0] > '9') &&
         std::all_of(name.begin(), name.end(), fits);
}

/// What editors leave around a value, where nobody sees it; empty when there is nothing.
std::string invisiblePart(std::string_view value) {
  if (value.starts_with("\xEF\xBB\xBF")) return "begins with a byte order mark";
  if (value.starts_with("\xFF\xFE") || value.starts_with("\xFE\xFF"))
    return "is UTF-16, which Notepad calls Unicode";
  const std::string_view kept = trim(value);
  if (kept.size() == value.size()) return {};
  if (kept.empty()) return "holds nothing but blanks";
  return value.ends_with(kept) ? "begins with a blank or an empty line"
                               : "ends with a blank or a second line end";
}

/// The name inside ${kind:name}.
std::optional<std::string> nameIn(std::string_view text, std::string_view kind) {
  const std::string begin = "${" + std::string(kind) + ":";
  if (!text.starts_with(begin) || !text.ends_with('}')) return std::nullopt;
  return std::string(text.substr(begin.size(), text.size() - begin.size() - 1));
}

}  // namespace

SecretSource::SecretSource(std::filesystem::path directory, Options options)
    : directory_(std::move(directory)), options_(std::move(options)) {
  if (options_.variable) return;
  options_.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::optional<Secret> SecretSource::resolve(const yaml::YamlNode& node,
                                            yaml::Findings& findings) const {
  if (node.isNull()) {
    findings.add(node.finding("the secret is missing", std::string(kRemedy)));
    return std::nullopt;
  }
  if (!node.isScalar()) {
    findings.add(
        node.finding("one secret is wanted here, not a list or a map",
                     "write \"${env:NAME}\" or \"${file:path}\", in quotes inside [ ] and { }"));
    return std::nullopt;
  }
  if (const auto variable = nameIn(node.text(), "env")) {
    return fromVariable(node, *variable, findings);
  }
  if (const auto file = nameIn(node.text(), "file")) return fromFile(node, *file, findings);
  const bool begun = node.text().starts_with("${");
  findings.add(node.finding(begun ? "this reference to a secret is written wrongly"
                                  : "a secret must not stand in this file",
                            std::string(kRemedy) + (begun ? ", with half-width : and }" : "")));
  return std::nullopt;
}

std::optional<Secret> SecretSource::fromVariable(const yaml::YamlNode& node,
                                                 const std::string& name,
                                                 yaml::Findings& findings) const {
  if (!isVariableName(name)) {
    findings.add(node.finding("${env:…} names no variable",
                              "write letters, digits and _ between the colon and the bracket"));
    return std::nullopt;
  }
  std::optional<std::string> value = options_.variable(name);
  if (!value || value->empty()) {
    findings.add(
        node.finding("the environment variable " + name + (value ? " is empty" : " is not set"),
                     "set it where the gateway is started, or use ${file:path}"));
    return std::nullopt;
  }
  if (const std::string part = invisiblePart(*value); !part.empty()) {
    findings.add(
        node.finding("the environment variable " + name + " " + part, "set it to the value alone"));
    return std::nullopt;
  }
  return Secret(std::move(*value));
}

std::optional<Secret> SecretSource::fromFile(const yaml::YamlNode& node, const std::string& name,
                                             yaml::Findings& findings) const {
  const auto refuse = [&](std::string message, std::string remedy) {
    findings.add(node.finding(std::move(message), std::move(remedy)));
    return std::nullopt;
  };
  if (name.empty()) return refuse("${file:…} names no file", "write its path");
  const std::filesystem::path path = directory_ / name;
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return refuse("the secret's file " + path.string() + " is missing",
                  "create it, readable by the gateway only (mode 600)");
  }
  if (!std::filesystem::is_regular_file(status)) {
    return refuse(path.string() + " is not a file", "name a file");
  }
  // An example's value is no secret: it is in everybody's checkout.
  const bool example = path.extension() == ".example";
  if (!options_.openFiles && !example &&
      (status.permissions() & std::filesystem::perms::others_read) !=
          std::filesystem::perms::none) {
    return refuse("everybody may read the secret's file " + path.string(),
                  "chmod 600 " + path.string());
  }
  std::ifstream in(path, std::ios::binary);
  std::string value(kMostBytes + 1, '\0');
  in.read(value.data(), static_cast<std::streamsize>(value.size()));
  if (!in && !in.eof()) {
    return refuse("the secret's file " + path.string() + " cannot be read",
                  "let the gateway's user read it (chown)");
  }
  value.resize(static_cast<std::size_t>(in.gcount()));
  if (value.size() > kMostBytes) {
    return refuse("the secret's file " + path.string() + " is larger than 64 KiB", "name another");
  }
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) return refuse("the secret's file " + path.string() + " is empty", "fill it");
  if (const std::string part = invisiblePart(value); !part.empty()) {
    return refuse("the secret's file " + path.string() + " " + part,
                  "write the value alone into it: printf %s 'VALUE' > FILE");
  }
  return Secret(std::move(value));
}

}  // namespace lianqiao::config
