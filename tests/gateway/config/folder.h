#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "config/load.h"
#include "gateway/yaml/reading.h"

namespace lianqiao::config {

/// A configuration folder of one test, removed with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "lianqiao-config-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0600));
  }
  void remove(const std::string& name) const { std::filesystem::remove(path_ / name); }

 private:
  std::filesystem::path path_;
};

/// Enough for a file of certificates and keys: what is between is read by nobody here.
inline constexpr std::string_view kPem =
    "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";

/// The roles of the adapters that tests name; never made.
struct Role {
  static std::unique_ptr<Receiver> receiver(const Settings&, Host&) { return nullptr; }
  static std::unique_ptr<Source> source(const Settings&, Host&) { return nullptr; }
  static std::unique_ptr<Sink> sink(const Settings&, Host&) { return nullptr; }
};

inline constexpr FieldSpec kHotlineSettings[] = {
    {.name = "area", .kind = FieldKind::text, .doc = "d", .docZh = "d", .fallback = "all"},
    {.name = "window", .kind = FieldKind::duration, .doc = "d", .docZh = "d", .fallback = "30s"},
};

inline const Descriptor& hotline() {
  static const Descriptor descriptor{.name = "hotline",
                                     .version = "1",
                                     .summary = "s",
                                     .summaryZh = "s",
                                     .settings = kHotlineSettings,
                                     .makeReceiver = Role::receiver,
                                     .makeSink = Role::sink};
  return descriptor;
}
inline const Descriptor& files() {
  static const Descriptor descriptor{.name = "files",
                                     .version = "1",
                                     .summary = "s",
                                     .summaryZh = "s",
                                     .makeSource = Role::source};
  return descriptor;
}
inline const Descriptor& wechat() {
  static const Descriptor descriptor{.name = "wechat",
                                     .version = "1",
                                     .summary = "s",
                                     .summaryZh = "s",
                                     .authenticatesCallers = true,
                                     .makeReceiver = Role::receiver};
  return descriptor;
}
inline const Descriptor& province() {
  static const Descriptor descriptor{
      .name = "province", .version = "1", .summary = "s", .summaryZh = "s", .makeSink = Role::sink};
  return descriptor;
}

inline const Descriptor* adapterNamed(std::string_view name) {
  for (const Descriptor* one : {&hotline(), &files(), &wechat(), &province()}) {
    if (one->name == name) return one;
  }
  return nullptr;
}

/// A whole configuration without findings: hotline → province.
inline void writeCounty(const Folder& folder) {
  folder.write("lianqiao.yaml", "adapters: [hotline, files, wechat, province]\n");
  folder.write("peers/hotline.yaml",
               "adapter: hotline\nauth: {kind: token, tokens: [\"${env:HOTLINE_TOKEN}\"]}\n"
               "inbound: {mappings: [orders]}\n");
  folder.write("peers/province.yaml", "adapter: province\n");
  folder.write("mappings/orders.yaml", "mapping: orders\n");
  folder.write("routes.yaml", "routes:\n  - {name: all, to: [province]}\n");
}

inline SecretSource::Options secretsOfTests() {
  SecretSource::Options options;
  options.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOTLINE_TOKEN") return "canary-7f3a";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  return options;
}

inline std::optional<GatewayConfig> loadFolder(const Folder& folder, yaml::Findings& findings) {
  return load(folder.path(), adapterNamed, findings, secretsOfTests());
}

/// What load() finds, as text.
inline std::vector<std::string> found(const Folder& folder) {
  yaml::Findings findings;
  loadFolder(folder, findings);
  return yaml::textsOf(findings);
}

}  // namespace lianqiao::config
