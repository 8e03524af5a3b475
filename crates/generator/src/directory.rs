use super::{
    draw::Draw,
    name::PersonName,
    site::{SITES, Site},
    terminal::{Location, Terminal},
    version::Adoption,
};

const FEWEST_SEATS: u32 = 200;
const MOST_SEATS: u32 = 20_000;
/// How many records there are for each user, as far as the two bounds allow.
const RECORDS_PER_SEAT: u64 = 20;

/// Everyone who has a desktop.
#[derive(Debug)]
pub(super) struct Directory {
    seats: Vec<Seat>,
}

/// One user with a desktop and the terminals it is reached from.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) user_name: String,
    pub(super) computer_name: String,
    pub(super) desktop_id: String,
    pub(super) desktop_ip: String,
    pub(super) sid: String,
    pub(super) enterprise_project_id: String,
    pub(super) client: Adoption,
    pub(super) agent: Adoption,
    /// One in the office, one at home, and for some a mobile one.
    terminals: Vec<Terminal>,
}

impl Directory {
    pub(super) fn new(records: u64, draw: &mut Draw) -> Self {
        let seats = u32::try_from(records / RECORDS_PER_SEAT)
            .unwrap_or(MOST_SEATS)
            .clamp(FEWEST_SEATS, MOST_SEATS);
        let enterprise_projects: Vec<String> = (0..4).map(|_| draw.uuid()).collect();
        Self {
            seats: (1..=seats)
                .map(|number| Seat::draw(number, &enterprise_projects, draw))
                .collect(),
        }
    }

    /// How many users there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.seats.len()
    }

    /// The user who connects next. A fifth of the users are busier than the others.
    pub(super) fn pick(&self, draw: &mut Draw) -> &Seat {
        if draw.per_mille(300) {
            draw.pick(&self.seats[..self.seats.len() / 5])
        } else {
            draw.pick(&self.seats)
        }
    }
}

impl Seat {
    fn draw(number: u32, enterprise_projects: &[String], draw: &mut Draw) -> Self {
        let site = draw.pick_weighted(SITES);
        let person = PersonName::draw(draw);
        let mut terminals = vec![
            Terminal::draw(Location::Office, &person, site, draw),
            Terminal::draw(Location::Home, &person, site, draw),
        ];
        if draw.per_mille(300) {
            terminals.push(Terminal::draw(Location::Mobile, &person, site, draw));
        }
        Self {
            user_name: user_name(number, &person, site, draw),
            computer_name: computer_name(number, site, draw),
            desktop_id: draw.uuid(),
            desktop_ip: site.desktop_ip(number),
            // Windows numbers accounts from 1000; the first few are its own.
            sid: format!("S-1-5-21-{}-{}", site.domain_sid, 1103 + number),
            enterprise_project_id: if draw.per_mille(400) {
                "0".to_owned()
            } else {
                draw.pick(enterprise_projects).clone()
            },
            client: Adoption::of_client(draw),
            agent: Adoption::of_agent(draw),
            terminals,
        }
    }

    /// The terminal that is used next, by whether it is office time.
    pub(super) fn terminal(&self, office_time: bool, draw: &mut Draw) -> &Terminal {
        let (office, home) = if office_time { (860, 105) } else { (150, 650) };
        let drawn = draw.below(1000);
        let index = if drawn < office {
            0
        } else if drawn < office + home {
            1
        } else {
            2
        };
        // Who has nothing mobile is at home.
        self.terminals.get(index).unwrap_or(&self.terminals[1])
    }
}

/// Names are the number's own where they are of a system; those of people may occur twice, as they do.
fn user_name(number: u32, person: &PersonName, site: &Site, draw: &mut Draw) -> String {
    match draw.below(100) {
        0..50 => format!("{}{number}@{}", person.spelled, site.domain),
        50..60 => format!("{}@{}", person.spelled, site.domain),
        60..80 => format!(
            "{}{number:03}@{}",
            site.code.to_ascii_lowercase(),
            site.domain
        ),
        80..95 => person.written.clone(),
        _ => format!("{}@{}", person.written, site.domain),
    }
}

fn computer_name(number: u32, site: &Site, draw: &mut Draw) -> String {
    if draw.per_mille(650) {
        format!("{}{number:03}", site.code)
    } else {
        format!("DESKTOP-{}", draw.code(7))
    }
}
