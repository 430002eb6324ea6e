using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class LegacySsh : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string[]>(
                name: "algorithms",
                table: "sessions",
                type: "text[]",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "legacy_ssh",
                table: "services",
                type: "jsonb",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "algorithms",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "legacy_ssh",
                table: "services");
        }
    }
}
