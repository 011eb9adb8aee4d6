use std::fmt;

/// A date, with a time of day where one was written, as a clock on the wall showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Year, 0 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month.
    pub day: u8,
    /// Seconds since midnight; `None` if only a date was written.
    pub time: Option<u32>,
    /// Minutes that the clock was ahead of UTC; `None` if not written.
    pub offset: Option<i16>,
}

impl Timestamp {
    /// From its parts, where they make a date.
    pub fn new(year: u16, month: u8, day: u8, time: Option<u32>, offset: Option<i16>) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        // A leap second may be written as second 60.
        let sound = (1..=days).contains(&day) && year <= 9999 && time.is_none_or(|t| t <= 86_400);
        let sound = sound && offset.is_none_or(|o| (-14 * 60..=14 * 60).contains(&o));
        sound.then_some(Self { year, month, day, time, offset })
    }

    /// Reads `2024:05:31 12:30:00`, `2024-05-31T12:30:00.25+02:00`, `2024-05-31`, `20240531`, with a space
    /// or `T` between date and time. EXIF's blank dates (zeros or spaces) are `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        let bytes = text.as_bytes();
        let dash = |i: usize| matches!(bytes.get(i), Some(b':' | b'-'));
        let (date_length, month_at, day_at) = if dash(4) && dash(7) { (10, 5, 8) } else { (8, 4, 6) };
        let year = digits(bytes, 0, 4)? as u16;
        let month = digits(bytes, month_at, 2)? as u8;
        let day = digits(bytes, day_at, 2)? as u8;
        let rest = bytes.get(date_length..)?;
        let (time, offset) = match rest {
            [b' ' | b'T', clock @ ..] => clock_and_offset(clock)?,
            [] => (None, None),
            _ => return None,
        };
        Self::new(year, month, day, time, offset)
    }

    /// The same with an offset such as `+02:00` or `Z`, where it is one.
    #[must_use]
    pub fn with_offset(self, text: &str) -> Self {
        let offset = offset_of(text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).as_bytes());
        Self { offset: offset.or(self.offset), ..self }
    }

    /// Seconds on the wall clock since 1970-01-01 00:00, midnight if no time was written.
    pub fn wall_seconds(&self) -> i64 {
        days_from_civil(i64::from(self.year), i64::from(self.month), i64::from(self.day)) * 86_400
            + i64::from(self.time.unwrap_or(0))
    }

    /// Seconds since 1970-01-01 00:00 UTC, where the offset is known.
    pub fn utc_seconds(&self) -> Option<i64> {
        Some(self.wall_seconds() - i64::from(self.offset?) * 60)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        if let Some(time) = self.time {
            write!(f, " {:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60)?;
        }
        match self.offset {
            None => Ok(()),
            Some(0) => f.write_str(" UTC"),
            Some(o) => {
                let sign = if o < 0 { '-' } else { '+' };
                write!(f, " {sign}{:02}:{:02}", o.unsigned_abs() / 60, o.unsigned_abs() % 60)
            }
        }
    }
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(count)?)?
        .iter()
        .try_fold(0, |n: u32, &b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

/// `12:30`, `12:30:00`, `123000`, with decimals and an offset behind.
fn clock_and_offset(bytes: &[u8]) -> Option<(Option<u32>, Option<i16>)> {
    let hour = digits(bytes, 0, 2)?;
    let colons = bytes.get(2) == Some(&b':');
    let (minute_at, second_at) = if colons { (3, 6) } else { (2, 4) };
    let minute = digits(bytes, minute_at, 2)?;
    let has_second = if colons { bytes.get(5) == Some(&b':') } else { digits(bytes, 4, 2).is_some() };
    let second = if has_second { digits(bytes, second_at, 2)? } else { 0 };
    let mut end = if has_second { second_at + 2 } else { minute_at + 2 };
    if bytes.get(end) == Some(&b'.') {
        end += 1 + bytes.get(end + 1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    }
    let sound = hour < 24 && minute < 60 && second <= 60;
    sound.then(|| (Some(hour * 3600 + minute * 60 + second), offset_of(bytes.get(end..).unwrap_or(&[]))))
}

fn offset_of(bytes: &[u8]) -> Option<i16> {
    let (sign, rest) = match bytes {
        [b'Z', ..] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let hours = digits(rest, 0, 2)? as i16;
    let minutes = digits(rest, if rest.get(2) == Some(&b':') { 3 } else { 2 }, 2)? as i16;
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar: years are counted from March, so that the leap
/// day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_files_write_are_read() {
        let at = |text| Timestamp::parse(text).map(|t| t.to_string());
        assert_eq!(at("2009:01:06 13:27:07\0").as_deref(), Some("2009-01-06 13:27:07"));
        assert_eq!(at("2024-05-31T12:30:05.25+02:00").as_deref(), Some("2024-05-31 12:30:05 +02:00"));
        assert_eq!(at("2024-05-31T12:30Z").as_deref(), Some("2024-05-31 12:30:00 UTC"));
        assert_eq!(at("2024-05-31").as_deref(), Some("2024-05-31"));
        assert_eq!(at("20240531 123005-0330").as_deref(), Some("2024-05-31 12:30:05 -03:30"));
        for bad in [
            "",
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "2023:02:29 00:00:00",
            "2024:13:01",
            "2024:01:01x",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn seconds_are_those_of_the_calendar() {
        let seconds = |text| Timestamp::parse(text).unwrap().wall_seconds();
        assert_eq!(seconds("1970-01-01"), 0);
        assert_eq!(seconds("2000-03-01"), 951_868_800);
        assert_eq!(seconds("2009:01:06 13:27:07"), 1_231_248_427);
        assert_eq!(seconds("1969-12-31"), -86_400);
        let utc = Timestamp::parse("1970-01-01T02:00:00+02:00").unwrap().utc_seconds();
        assert_eq!(utc, Some(0));
        assert_eq!(
            Timestamp::parse("1970:01:01 02:00:00").unwrap().with_offset("+01:00").utc_seconds(),
            Some(3600)
        );
    }
}
