#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace lianqiao::http {

/// A folder of certificates made by the openssl program: an authority, certificates it has signed,
/// and one that nobody has. Removed at the end.
class Certificates {
 public:
  Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lianqiao-tls-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    made_ = run("req -x509 " + std::string(kNewKey) +
                " -keyout ca.key -out ca.pem -days 2 -subj '/CN=test authority'");
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// <name>.pem and <name>.key for the alternative names `names` ("DNS:a.example,IP:127.0.0.1").
  void sign(const std::string& name, const std::string& names, int days = 2) {
    made_ = made_ && run("req " + std::string(kNewKey) + " -keyout " + name + ".key -out " + name +
                         ".csr -subj /CN=" + name);
    made_ =
        made_ &&
        std::system(("printf 'subjectAltName=" + names + "' > " + at(name + ".ext")).c_str()) == 0;
    made_ = made_ &&
            run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days " +
                std::to_string(days) + " -extfile " + name + ".ext -out " + name + ".pem");
  }
  void selfSign(const std::string& name, const std::string& names) {
    made_ =
        made_ && run("req -x509 " + std::string(kNewKey) + " -keyout " + name + ".key -out " +
                     name + ".pem -days 2 -subj /CN=" + name + " -addext subjectAltName=" + names);
  }

  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string at(const std::string& file) const { return (folder_ / file).string(); }

 private:
  static constexpr std::string_view kNewKey =
      "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  bool run(const std::string& command) const {
    return std::system(("cd " + folder_.string() + " && openssl " + command + " >/dev/null 2>&1")
                           .c_str()) == 0;
  }

  std::filesystem::path folder_;
  bool made_ = false;
};

}  // namespace lianqiao::http
