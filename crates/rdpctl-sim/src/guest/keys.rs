//! The one PowerShell script that is understood at a console: it reads keys, shows none of them, says under which sum it has
//! them, and gives a line that was whole to the interpreter.
//!
//! .NET's `Console.ReadKey` gives one key too many of a run of equal ones that came as one event, which is why people who
//! paste into PowerShell over this console find a third letter where there were two (azserialconsole, issue 38). Here it
//! always does.

/// The script behind the options, with the place of its mark.
const SCRIPT: &str = "trap{exit};$t=$c='';while(1){switch([Console]::ReadKey($true).KeyChar){\
    '~'{}'['{$c=''}']'{$t+=$c;$c=''}\
    '|'{$h=7;foreach($b in [char[]]($t+$c)){$h=($h*31+$b)-band 0x3ffffff};\
    [Console]::WriteLine('@'+'AMARK '+(++$n)+' '+$h+' '+($t+$c).Length)}\
    '{'{[Console]::Clear()}\
    '}'{if($t+$c){$env:L=$t+$c;$t=$c='';&($env:X+'\\cmd.exe') /d /v:on /c ('%'+'L%')}}\
    '$'{exit}default{$c+=$_}}}";

/// What comes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Nothing that anybody sees.
    Taken,
    /// That is shown.
    Shows(String),
    /// That line is given to the interpreter.
    Runs(String),
    /// The script ends.
    Ends,
}

/// The script while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::guest) struct Keys {
    mark: String,
    kept: String,
    open: String,
    asked: u32,
    /// The last key, and whether it was one of several.
    last: Option<(char, bool)>,
}

impl Keys {
    /// Begins, if a script is that one.
    pub(in crate::guest) fn of(script: &str) -> Option<Self> {
        let (before, behind) = SCRIPT.split_once("MARK")?;
        let mark = script.strip_prefix(before)?.strip_suffix(behind)?;
        let is_mark = !mark.is_empty() && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_mark.then(|| Self {
            mark: mark.to_owned(),
            kept: String::new(),
            open: String::new(),
            asked: 0,
            last: None,
        })
    }

    /// Takes a key.
    pub(in crate::guest) fn stroke(&mut self, letter: char) -> Vec<Stroke> {
        let second = self.last == Some((letter, false));
        let further = self.last.is_some_and(|(last, _)| last == letter);
        self.last = Some((letter, further));
        let times = if second { 2 } else { 1 };
        (0..times).map(|_| self.read(letter)).collect()
    }

    fn read(&mut self, letter: char) -> Stroke {
        match letter {
            '~' => {}
            '[' => self.open.clear(),
            ']' => self.kept.push_str(&std::mem::take(&mut self.open)),
            '|' => {
                self.asked += 1;
                let (mark, asked) = (&self.mark, self.asked);
                let all = format!("{}{}", self.kept, self.open);
                let sum = all.encode_utf16().fold(7_u32, |sum, unit| {
                    // Thirty-two bits hold it: what is kept has twenty-six.
                    (sum * 31 + u32::from(unit)) & 0x3ff_ffff
                });
                let length = all.encode_utf16().count();
                return Stroke::Shows(format!("@A{mark} {asked} {sum} {length}\r\n"));
            }
            '{' => return Stroke::Shows("\u{c}".to_owned()),
            '}' => {
                let line = std::mem::take(&mut self.kept) + &std::mem::take(&mut self.open);
                if !line.is_empty() {
                    return Stroke::Runs(line);
                }
            }
            '$' => return Stroke::Ends,
            letter => self.open.push(letter),
        }
        Stroke::Taken
    }
}
