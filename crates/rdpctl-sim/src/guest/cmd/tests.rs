//! The command language, script by script.

use crate::guest::tests::{body, file, guest, must, said};

#[test]
fn lines() {
    let mut guest = guest("");
    for (script, expected, code) in [
        ("echo a&echo b", "a\r\nb\r\n", 0),
        ("echo a & echo b", "a \r\nb\r\n", 0),
        ("echo a&&echo b", "a\r\nb\r\n", 0),
        ("C:\\nosuch 2>nul||echo b", "b\r\n", 9009),
        ("C:\\nosuch 2>nul&&echo b", "", 9009),
        ("(echo a&echo b)|findstr b", "b\r\n", 0),
        ("echo a|findstr b", "", 1),
        ("echo a|findstr b & echo !errorlevel!", "1\r\n", 1),
        ("echo(x", "x\r\n", 0),
        ("echo.", "\r\n", 0),
        ("echo ^&^|^<^>^^", "&|<>^\r\n", 0),
        (r#"echo "a&b|c^d""#, "\"a&b|c^d\"\r\n", 0),
        ("echo %nosuch% ^%ComSpec^%", "%nosuch% %ComSpec%\r\n", 0),
        ("echo %SystemRoot%", "C:\\Windows\r\n", 0),
        ("set X=1&echo !X!", "1\r\n", 0),
        ("set X=1&echo %X%", "%X%\r\n", 0),
        ("set X=abcdef&echo !X:~1,2! !X:b=-! !X:~-2!", "bc a-cdef ef\r\n", 0),
        ("set /a 1+2*3", "7", 0),
        ("set /a N=5&set /a N+=2 >nul&echo !N!", "57\r\n", 0),
        ("set /a \"(7-2)*3, 10/4, 0x10|1\"", "17", 0),
        ("set /a C=0x2 >nul&echo !C!", "2\r\n", 0),
        ("for %k in (a \"b c\" d) do @echo %~k", "a\r\nb c\r\nd\r\n", 0),
        ("for /l %i in (3,-1,1) do @echo %i", "3\r\n2\r\n1\r\n", 0),
        ("for /f \"tokens=1,2* delims=:\" %a in (\"x:y:z:w\") do @echo %a-%b-%c", "x-y-z:w\r\n", 0),
        (
            "for /f \"skip=1 tokens=2\" %a in ('echo one two^&echo three four') do @echo %a",
            "four\r\n",
            0,
        ),
        ("for %k in (a,b) do @(set V=%k&echo !V!)", "a\r\nb\r\n", 0),
        ("if exist C:\\Windows\\win.ini (echo yes) else echo no", "yes\r\n", 0),
        ("if not exist C:\\nosuch echo no", "no\r\n", 0),
        ("if /i ABC==abc echo same", "same\r\n", 0),
        ("if \"a b\"==\"a b\" (echo same) else (echo other)", "same\r\n", 0),
        ("if 10 gtr 9 echo more", "more\r\n", 0),
        ("if defined ComSpec echo set", "set\r\n", 0),
        ("if not defined NoSuch echo unset", "unset\r\n", 0),
        ("C:\\nosuch 2>nul&if errorlevel 9009 echo yes", "yes\r\n", 9009),
        ("C:\\nosuch 2>nul&if errorlevel 1 if not errorlevel 9010 echo 9009", "9009\r\n", 9009),
        ("C:\\nosuch 2>nul&call echo %^errorlevel%", "9009\r\n", 9009),
        ("echo a!b!c!d", "acd\r\n", 0),
        ("exit 7", "", 7),
        ("cmd /c exit 3&echo !errorlevel!", "3\r\n", 3),
        (">C:\\Windows\\Temp\\x.txt echo 1&type C:\\Windows\\Temp\\x.txt", "1\r\n", 0),
        (
            "(echo a&echo b) >C:\\Windows\\Temp\\x.txt&type C:\\Windows\\Temp\\x.txt",
            "a\r\nb\r\n",
            0,
        ),
        (
            "(C:\\nosuch 2>&1)|findstr nosuch",
            "'C:\\nosuch' is not recognized as an internal or external command,\r\n",
            0,
        ),
        ("reg query HKLM\\SYSTEM\\Select >nul 2>&1&&echo there", "there\r\n", 0),
        ("set V=x&echo !V!|findstr /c:\"!V!\"", "!V!\r\n", 0),
        ("ping -n 2 127.0.0.1 >nul&echo later", "later\r\n", 0),
        ("echo a&&(echo b||echo c)&echo d", "a\r\nb\r\nd\r\n", 0),
        (
            "set n=0&for %a in (x y z) do @(set /a n+=1 >nul&if !n! leq 2 echo !n!:%a)",
            "1:x\r\n2:y\r\n",
            0,
        ),
        ("C:\\Windows\\System32\\hostname.exe", "web-01\r\n", 0),
    ] {
        let output = body(&mut guest, script);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((text.as_str(), output.exit), (expected, code), "{script}");
    }
}

#[test]
fn files() {
    for (script, expected, code) in [
        ("@echo off\r\necho %%x%% %nosuch%.\r\n", "%x% .\r\n", 0),
        (
            "@echo off\r\ncall :sub one \"two words\"\r\necho back\r\nexit /b 4\r\n:sub\r\necho %1 %~2\r\nexit /b 0\r\n",
            "one two words\r\nback\r\n",
            4,
        ),
        (
            "@echo off\r\nset N=0\r\n:again\r\nset /a N+=1\r\nif %N% lss 3 goto again\r\necho %N%\r\n",
            "3\r\n",
            0,
        ),
        (
            "@echo off\r\nsetlocal EnableDelayedExpansion\r\nfor %%k in (a b) do (\r\n  set V=%%k\r\n  echo !V!\r\n)\r\n",
            "a\r\nb\r\n",
            0,
        ),
        ("@echo off\r\nif 1==2 (\r\n  echo a\r\n) else (\r\n  echo b\r\n)\r\n", "b\r\n", 0),
        ("@echo off\r\nrem a & b ( c\r\n:label with text\r\necho x\r\n", "x\r\n", 0),
        ("@echo off\r\necho one ^\r\ntwo\r\n", "one two\r\n", 0),
        ("@echo off\r\nset X=1\r\nsetlocal\r\nset X=2\r\nendlocal\r\necho %X%\r\n", "1\r\n", 0),
        ("@echo off\r\ngoto :eof\r\necho never\r\n", "", 0),
        ("@echo off\r\ncall :no\r\necho %errorlevel%\r\n", "1\r\n", 1),
        (
            "@echo off\r\nfor /f \"tokens=3\" %%x in ('reg query HKLM\\SYSTEM\\Select /v Current 2^>nul ^| find \"REG_DWORD\"') do (\r\n  set /a C=%%x\r\n)\r\necho ControlSet00%C%\r\n",
            "ControlSet001\r\n",
            0,
        ),
        (
            "@echo off\r\nfor /l %%i in (1,1,10) do (\r\n  if %%i==3 exit /b 9\r\n  echo %%i\r\n)\r\n",
            "1\r\n2\r\n",
            9,
        ),
        ("@echo off\r\nset N=%1& set B=end\r\necho [%N%] %B%\r\n", "[] end\r\n", 0),
        (
            "@echo off\r\nreg query HKLM\\SYSTEM\\Select /v Current | find \"0x1\" >nul && call :f x\r\nexit /b 0\r\n:f\r\necho f %1\r\nexit /b 0\r\n",
            "f x\r\n",
            0,
        ),
        ("@echo off\r\n(echo a\r\n", "", 255),
        ("echo seen\r\n", "\r\nC:\\Windows\\system32>echo seen\r\nseen\r\n", 0),
    ] {
        let output = file(&mut guest(""), script);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((text.as_str(), output.exit), (expected, code), "{script}");
    }
}

#[test]
fn a_line_beyond_the_limit_dies_without_output() {
    let mut guest = guest("");
    assert_eq!(body(&mut guest, &format!("echo {}", "x".repeat(8100))).exit, 0);
    let output = body(&mut guest, &format!("echo {}", "x".repeat(8300)));
    assert_eq!((output.exit, output.stdout.len()), (255, 0));
}

#[test]
fn a_loop_without_end_is_cut() {
    let mut guest = guest("");
    let output = file(&mut guest, "@echo off\r\n:again\r\ngoto again\r\n");
    assert!(output.took >= crate::guest::HUNG);
}

#[test]
fn a_command_file_on_the_disk_is_run_with_its_arguments() {
    let mut guest = guest("");
    body(&mut guest, "cd C:\\Windows&>e.cmd echo @echo %~n1 ^%2&>>e.cmd echo @exit /b 5");
    let (text, _) = said(&mut guest, "type C:\\Windows\\e.cmd");
    assert_eq!(text, "@echo %~n1 %2\r\n@exit /b 5\r\n");
    let (text, code) = said(&mut guest, "cmd /c C:\\Windows\\e.cmd C:\\a\\b.txt second");
    assert_eq!((text.as_str(), code), ("b second\r\n", 5));
}

#[test]
fn hostile_scripts_do_not_panic() {
    let mut guest = guest("");
    for script in [
        "%",
        "%%",
        "!",
        "!!",
        "!x",
        "^",
        "\"",
        "(",
        ")",
        "&",
        "|",
        ">",
        "<",
        "2>&",
        "for",
        "if",
        "for %",
        "for /f \"tokens=\" %a in (x) do echo",
        "set /a",
        "set /a 1/0",
        "set /a (((",
        "echo %~",
        "call",
        "call :",
        "goto",
        "é",
        "for %é in (é) do @echo %é",
        "set é=1&echo !é!",
        "if é==é echo é",
        "%~dp0",
        "cmd /c",
        "cmd /c cmd /c cmd /c",
        "type",
        "copy",
        "ren",
        "reg",
        "sc",
        "net",
        "netsh",
        "icacls",
        "certutil",
        "bcdedit",
        "schtasks",
        "wevtutil",
        "expand",
        "makecab",
        "takeown",
        "taskkill",
        "findstr",
        "find",
        "set X=!X:~-9,-9!",
        "set X=é&echo !X:~0,1!",
        "findstr /r [ x",
        "findstr \\",
        "reg add \"\\\" /v",
    ] {
        body(&mut guest, script);
        file(&mut guest, script);
    }
}

/// A machine with a program of ours in a folder of ours.
fn with_own_program() -> crate::guest::Guest {
    let mut guest = guest("");
    must(&mut guest, "md C:\\Windows\\own&>C:\\Windows\\own\\reg.cmd echo @echo mine %1", 0);
    guest
}

#[test]
fn a_bare_name_is_looked_for_in_the_current_folder_before_path() {
    let mut guest = with_own_program();
    let (text, _) = said(&mut guest, "cd C:\\Windows\\own&reg query");
    assert_eq!(text, "mine query\r\n");
    // Not when the environment says so, and not when it is named in full.
    for line in [
        "set NoDefaultCurrentDirectoryInExePath=1&cd C:\\Windows\\own&reg query HKLM\\SYSTEM\\Select /v Current",
        "cd C:\\Windows\\own&C:\\Windows\\System32\\reg.exe query HKLM\\SYSTEM\\Select /v Current",
        "cd C:\\Windows\\own&reg.exe query HKLM\\SYSTEM\\Select /v Current",
    ] {
        assert!(said(&mut guest, line).0.contains("REG_DWORD"), "{line}");
    }
    assert_eq!(guest.take_sprung(), Vec::<String>::new());
}

#[test]
fn endings_are_tried_in_the_order_of_pathext() {
    let mut guest = with_own_program();
    must(&mut guest, "copy C:\\Windows\\System32\\hostname.exe C:\\Windows\\own\\reg.exe", 0);
    assert_eq!(said(&mut guest, "cd C:\\Windows\\own&reg query").0, "web-01\r\n");
    let (text, _) = said(&mut guest, "set PATHEXT=.CMD;.EXE&cd C:\\Windows\\own&reg query");
    assert_eq!(text, "mine query\r\n");
}

#[test]
fn who_looks_for_a_program_where_users_may_write_runs_what_they_put_there() {
    for line in [
        "cd /d %SystemRoot%\\Temp&reg query HKLM\\SYSTEM\\Select",
        "cd /d C:\\ProgramData&sc queryex TermService",
        "cd /d C:\\Users\\Public&makecab a b",
        "C:\\Windows\\Temp\\own.cmd",
        "md C:\\work&cd C:\\work&echo x|findstr x",
        "cd C:\\Windows\\Temp&for /f %i in ('hostname') do @echo %i",
        // Not in Windows' folders, and then in one of an installer that cared for nobody.
        "no-such-tool",
    ] {
        let mut guest = guest("");
        let (text, _) = said(&mut guest, line);
        let sprung = guest.take_sprung();
        assert_eq!(sprung.len(), 1, "{line}: {text}");
        assert!(sprung[0].starts_with(crate::guest::TRAP) && sprung[0].contains("as SYSTEM"));
        assert!(said(&mut guest, "type C:\\Windows\\System32\\intruder.txt").0.contains("TRAP"));
    }
    let mut guest = guest("");
    said(&mut guest, "set NoDefaultCurrentDirectoryInExePath=1&cd C:\\Windows\\Temp&hostname");
    said(&mut guest, "cd C:\\Windows\\Temp&C:\\Windows\\System32\\hostname.exe");
    said(&mut guest, "C:\\Windows\\System32\\no-such-tool.exe");
    assert_eq!(guest.take_sprung(), Vec::<String>::new());
}
