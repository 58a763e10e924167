// ptrace for 64-bit x86; see disk_fault.h.
#include "disk_fault.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

namespace tmx::store {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBlockBytes = 512;
constexpr unsigned long long kNoCall = ~0ULL;

/// What a power cut may take back: file contents and names that were not flushed.
class UnflushedChanges {
  public:
    explicit UnflushedChanges(const std::string& folder) : folder_(folder), backups_(folder + ".backups") {
        fs::create_directories(backups_);
    }
    ~UnflushedChanges() { fs::remove_all(backups_); }

    void wrote(const std::string& path) { data_.insert(path); }
    void flushed(const std::string& path) {
        data_.erase(path);
        std::erase_if(names_, [&](const Name& name) { return fs::path(name.path).parent_path() == path; });
    }
    void created(const std::string& path) { names_.push_back({Name::kMade, path, "", ""}); }
    /// To be called before the fact: keeps what would be lost.
    void will_rename(const std::string& from, const std::string& to) {
        names_.push_back({Name::kRenamed, to, from, keep(to)});
    }
    void will_remove(const std::string& path) { names_.push_back({Name::kRemoved, path, "", keep(path)}); }
    void did_not_happen() { names_.pop_back(); }
    void renamed(const std::string& from, const std::string& to) {
        if (data_.erase(from) != 0) {
            data_.insert(to);
        } else {
            data_.erase(to);
        }
    }
    void removed(const std::string& path) { data_.erase(path); }

    bool has_data() const { return !data_.empty(); }
    /// Lock files and temporary files mean nothing after a restart.
    bool has_names() const {
        return std::any_of(names_.begin(), names_.end(), [](const Name& name) {
            const fs::path path = name.path;
            return path.extension() != ".lock" && !path.filename().string().starts_with(".incoming-");
        });
    }

    void lose(Survival survival) {
        if (survival == Survival::kTornData || survival == Survival::kEmptyData) {
            for (const std::string& path : data_) damage(path, survival);
            return;
        }
        if (survival == Survival::kEverything) return;
        const char* survives = survival == Survival::kSlotNames     ? "slots"
                               : survival == Survival::kObjectNames ? "objects"
                                                                    : "";
        for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
            if (fs::path(name->path).parent_path().filename() != survives) undo(*name);
        }
    }

  private:
    struct Name {
        enum Kind { kMade, kRenamed, kRemoved } kind;
        std::string path, from, backup;
    };

    std::string keep(const std::string& path) {
        if (!fs::exists(path) || fs::is_directory(path)) return "";
        const std::string backup = (backups_ / std::to_string(kept_++)).string();
        fs::create_hard_link(path, backup);
        return backup;
    }
    static void undo(const Name& name) {
        std::error_code gone;  // its folder may not have survived either
        switch (name.kind) {
            case Name::kMade:
                fs::remove_all(name.path, gone);
                break;
            case Name::kRenamed:
                fs::rename(name.path, name.from, gone);
                if (!name.backup.empty()) fs::create_hard_link(name.backup, name.path, gone);
                break;
            case Name::kRemoved:
                if (!name.backup.empty()) fs::create_hard_link(name.backup, name.path, gone);
                break;
        }
    }
    static void damage(const std::string& path, Survival survival) {
        if (!fs::exists(path)) return;
        fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
        const uint64_t size = fs::file_size(path);
        if (survival == Survival::kEmptyData) {
            fs::resize_file(path, 0);
        } else if (size > 0) {
            const uint64_t begin = (size - 1) / kBlockBytes * kBlockBytes;
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(begin));
            file << std::string(size - begin, '\xA5');
        }
    }

    std::string folder_;
    fs::path backups_;
    size_t kept_ = 0;
    std::set<std::string> data_;
    std::vector<Name> names_;
};

/// The traced process and the call it is stopped in.
class Tracee {
  public:
    explicit Tracee(pid_t process) : process_(process) {}

    void read_registers() {
        if (ptrace(PTRACE_GETREGS, process_, nullptr, &registers_) != 0) throw std::runtime_error("PTRACE_GETREGS");
    }
    void write_registers() {
        if (ptrace(PTRACE_SETREGS, process_, nullptr, &registers_) != 0) throw std::runtime_error("PTRACE_SETREGS");
    }
    long call() const { return static_cast<long>(registers_.orig_rax); }
    long result() const { return static_cast<long>(registers_.rax); }
    unsigned long long argument(int index) const {
        const unsigned long long all[] = {registers_.rdi, registers_.rsi, registers_.rdx, registers_.r10};
        return all[index];
    }
    void skip_call() {
        registers_.orig_rax = kNoCall;
        write_registers();
    }
    void set_result(long result) {
        registers_.rax = static_cast<unsigned long long>(result);
        write_registers();
    }
    void set_third_argument(unsigned long long value) {
        registers_.rdx = value;
        write_registers();
    }
    /// The path of an open descriptor.
    std::string descriptor(int index) const {
        std::error_code none;
        const std::string link = "/proc/" + std::to_string(process_) + "/fd/";
        return fs::read_symlink(link + std::to_string(static_cast<int>(argument(index))), none).string();
    }
    /// The path that argument `index` names, relative to the descriptor in argument `folder` (-1: the working folder).
    std::string path(int index, int folder = -1) const {
        std::string text;
        for (unsigned long long address = argument(index); text.size() < PATH_MAX; ++address) {
            char c = 0;
            iovec here = {&c, 1}, there = {reinterpret_cast<void*>(address), 1};
            if (process_vm_readv(process_, &here, 1, &there, 1, 0) != 1 || c == '\0') break;
            text += c;
        }
        if (!text.empty() && text[0] == '/') return text;
        if (folder >= 0 && static_cast<int>(argument(folder)) != AT_FDCWD) return descriptor(folder) + "/" + text;
        return text;
    }

  private:
    pid_t process_;
    user_regs_struct registers_ = {};
};

/// A call that changes files, decoded.
struct Change {
    enum Kind { kOther, kOpen, kWrite, kFlush, kRename, kRemove, kMakeFolder } kind = kOther;
    std::string name, path, target;
    bool existed = false;
};

bool decode(const Tracee& tracee, Change* change) {
    const auto is = [change](Change::Kind kind, const char* name, const std::string& path,
                             const std::string& target = "") {
        change->kind = kind;
        change->name = name;
        change->path = path;
        change->target = target;
        return true;
    };
    const auto makes = [&tracee](int flags) { return (tracee.argument(flags) & (O_CREAT | O_TRUNC)) != 0; };
    switch (tracee.call()) {
        case SYS_open:
            return makes(1) && is(Change::kOpen, "open", tracee.path(0));
        case SYS_openat:
            return makes(2) && is(Change::kOpen, "open", tracee.path(1, 0));
        case SYS_creat:
            return is(Change::kOpen, "open", tracee.path(0));
        case SYS_write:
        case SYS_pwrite64:
        case SYS_writev:
            return is(Change::kWrite, "write", tracee.descriptor(0));
        case SYS_copy_file_range:
            return is(Change::kWrite, "write", tracee.descriptor(2));
        case SYS_sendfile:
            return is(Change::kWrite, "write", tracee.descriptor(0));
        case SYS_ftruncate:
        case SYS_fallocate:
            return is(Change::kWrite, "resize", tracee.descriptor(0));
        case SYS_truncate:
            return is(Change::kWrite, "resize", tracee.path(0));
        case SYS_fsync:
        case SYS_fdatasync:
            return is(Change::kFlush, "fsync", tracee.descriptor(0));
        case SYS_rename:
            return is(Change::kRename, "rename", tracee.path(0), tracee.path(1));
        case SYS_renameat:
        case SYS_renameat2:
            return is(Change::kRename, "rename", tracee.path(1, 0), tracee.path(3, 2));
        case SYS_unlink:
        case SYS_rmdir:
            return is(Change::kRemove, "unlink", tracee.path(0));
        case SYS_unlinkat:
            return is(Change::kRemove, "unlink", tracee.path(1, 0));
        case SYS_mkdir:
            return is(Change::kMakeFolder, "mkdir", tracee.path(0));
        case SYS_mkdirat:
            return is(Change::kMakeFolder, "mkdir", tracee.path(1, 0));
        case SYS_link:
            return is(Change::kOther, "link", tracee.path(1));
        case SYS_linkat:
            return is(Change::kOther, "link", tracee.path(3, 2));
        case SYS_symlink:
            return is(Change::kOther, "symlink", tracee.path(1));
        case SYS_symlinkat:
            return is(Change::kOther, "symlink", tracee.path(2, 1));
        case SYS_chmod:
            return is(Change::kOther, "chmod", tracee.path(0));
        case SYS_fchmod:
        case SYS_fchown:
            return is(Change::kOther, "chmod", tracee.descriptor(0));
        case SYS_fchmodat:
        case SYS_utimensat:
            return is(Change::kOther, "chmod", tracee.path(1, 0));
        default:
            return false;
    }
}

pid_t start(const std::vector<std::string>& command, const std::string& messages) {
    const pid_t process = fork();
    if (process < 0) throw std::runtime_error("fork");
    if (process > 0) return process;
    const int out = open(messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, 1);
    dup2(out, 2);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) execv(words[0], words.data());
    _exit(127);
}

}  // namespace

FaultRun run_with_fault(const std::vector<std::string>& command, const std::string& folder, size_t point, Fault fault,
                        Survival survival) {
    FaultRun run;
    UnflushedChanges unflushed(folder);
    const std::string messages = folder + ".messages";
    const pid_t process = start(command, messages);
    Tracee tracee(process);
    int status = 0;
    waitpid(process, &status, 0);
    if (!WIFSTOPPED(status)) throw std::runtime_error("cannot trace " + command[0]);
    ptrace(PTRACE_SETOPTIONS, process, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);

    bool inside = false, cut = false, skipped = false;
    long injected = 0;
    Change change;
    bool counts = false;
    const auto cut_power = [&] {
        cut = true;
        kill(process, SIGKILL);
        waitpid(process, &status, 0);
    };
    while (!cut) {
        int signal = 0;
        if (WIFSTOPPED(status) && WSTOPSIG(status) != (SIGTRAP | 0x80) && WSTOPSIG(status) != SIGTRAP) {
            signal = WSTOPSIG(status);
        }
        if (ptrace(PTRACE_SYSCALL, process, nullptr, signal) != 0) throw std::runtime_error("PTRACE_SYSCALL");
        waitpid(process, &status, 0);
        if (WIFEXITED(status) || WIFSIGNALED(status)) break;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
        tracee.read_registers();
        inside = !inside;
        if (inside) {
            change = {};
            // The folder's own name is in its parent.
            counts = decode(tracee, &change) &&
                     ((change.path + "/").starts_with(folder + "/") ||
                      (change.kind == Change::kFlush && change.path == fs::path(folder).parent_path()));
            skipped = false;
            if (!counts) continue;
            const bool here = run.changes.size() == point;
            run.changes.push_back({change.name, change.path.substr(std::min(change.path.size(), folder.size() + 1))});
            if (here && fault == Fault::kCutBefore) {
                tracee.skip_call();
                cut_power();
                break;
            }
            if (here && fault == Fault::kCutInsideRename && change.kind == Change::kRename) {
                tracee.skip_call();
                cut_power();
                fs::remove(change.target);
                break;
            }
            if (here && (fault == Fault::kNoSpace || fault == Fault::kIoError)) {
                skipped = true;
                injected = fault == Fault::kNoSpace ? -ENOSPC : -EIO;
                tracee.skip_call();
                continue;
            }
            if (here && fault == Fault::kShortWrite && change.kind == Change::kWrite && tracee.argument(2) > 1) {
                tracee.set_third_argument(tracee.argument(2) / 2);
            }
            change.existed = fs::exists(change.path);
            if (change.kind == Change::kRename) unflushed.will_rename(change.path, change.target);
            if (change.kind == Change::kRemove) unflushed.will_remove(change.path);
            if (change.kind == Change::kFlush) {
                skipped = true;
                injected = 0;
                tracee.skip_call();
            }
            continue;
        }
        if (!counts) continue;
        if (skipped) tracee.set_result(injected);
        const bool worked = (skipped ? injected : tracee.result()) >= 0;
        const bool undone = skipped && injected != 0;
        switch (change.kind) {
            case Change::kOpen:
                if (worked && !change.existed) unflushed.created(change.path);
                break;
            case Change::kMakeFolder:
                if (worked) unflushed.created(change.path);
                break;
            case Change::kWrite:
                if (worked) unflushed.wrote(change.path);
                break;
            case Change::kFlush:
                if (worked && fault != Fault::kCutNothingFlushed) unflushed.flushed(change.path);
                break;
            case Change::kRename:
                if (worked) unflushed.renamed(change.path, change.target);
                if (!worked && !undone) unflushed.did_not_happen();
                break;
            case Change::kRemove:
                if (worked) unflushed.removed(change.path);
                if (!worked && !undone) unflushed.did_not_happen();
                break;
            case Change::kOther:
                break;
        }
        const bool cuts = fault == Fault::kCutAfter || fault == Fault::kCutNothingFlushed;
        if (run.changes.size() == point + 1 && cuts) cut_power();
    }
    run.ended = !cut && WIFEXITED(status);
    if (run.ended) run.status = WEXITSTATUS(status);
    run.unflushed_data = unflushed.has_data();
    run.unflushed_names = unflushed.has_names();
    if (cut) unflushed.lose(survival);
    std::ifstream file(messages);
    run.messages.assign(std::istreambuf_iterator<char>(file), {});
    fs::remove(messages);
    return run;
}

}  // namespace tmx::store
